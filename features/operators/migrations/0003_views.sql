-- Filters of pages that operators have given a name.
CREATE TABLE operator_views (
    operator TEXT NOT NULL REFERENCES operators (name) ON DELETE CASCADE,
    -- The path of the page.
    page TEXT NOT NULL,
    name TEXT NOT NULL,
    -- The query of its address, without the question mark.
    search TEXT NOT NULL,
    PRIMARY KEY (operator, page, name)
) STRICT, WITHOUT ROWID;
