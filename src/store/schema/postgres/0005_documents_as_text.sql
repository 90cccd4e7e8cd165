-- Of a text the server knows the size without taking it out of its storage, and of `json` it does not: lists add up the sizes of
-- documents and read no more of them than an answer has room for. Nothing asks the server what is in a document.
ALTER TABLE migrations ALTER COLUMN document TYPE text;

-- A column of another type has lost its way of compression.
DO $$ BEGIN
    ALTER TABLE migrations ALTER COLUMN document SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN NULL;
END $$;
