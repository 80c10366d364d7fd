-- What an operator had written about a command whose permission was removed since: the next one
-- about it gets the text back.  Here, since the documents of the directory have a fixed form.
CREATE TABLE permission_descriptions (
    command TEXT PRIMARY KEY, -- in lower case
    description TEXT NOT NULL
) STRICT;
