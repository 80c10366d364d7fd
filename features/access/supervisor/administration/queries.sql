-- name: keep_description
-- Keeps what an operator has written about a command; an empty text is none.
INSERT INTO permission_descriptions (command, description) VALUES (:command, :description)
ON CONFLICT (command) DO UPDATE SET description = excluded.description;

-- name: description
-- What was written about a command.
SELECT description FROM permission_descriptions WHERE command = :command;
