-- The server knows the size of a text without reading it from its storage, but not that of `json`:
-- lists sum the sizes of documents and read no more than fits on a page. No statement looks into a
-- document.
ALTER TABLE migrations ALTER COLUMN document TYPE text;

-- The new type has lost the compression method.
DO $$ BEGIN
    ALTER TABLE migrations ALTER COLUMN document SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN NULL;
END $$;
