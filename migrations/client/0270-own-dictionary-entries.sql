-- Entries the clerk keeps (origin 'local': 单机模式) and those of the demo data: few, beside a server's hundreds of thousands.
CREATE INDEX dictionary_entry_own ON dictionary_entry (dictionary, origin)
WHERE origin <> 'server';
