-- What wrote the token of a mesh, such as its program: another one could not read it.
ALTER TABLE checkpoints ADD COLUMN owner TEXT NOT NULL DEFAULT '';
