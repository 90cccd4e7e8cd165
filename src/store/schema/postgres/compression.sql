-- LZ4 compresses documents in a tenth of the time. A server may be built without it, and one of
-- another make may not know the setting: then documents keep the default.
ALTER TABLE migrations ALTER COLUMN document SET COMPRESSION lz4;
ALTER TABLE findings ALTER COLUMN document SET COMPRESSION lz4;
