-- Every id that a tenant has or had. It stays when the tenant is deleted: tokens, certificates and keys that were issued for it
-- must not lead to another tenant that is given the same id later.
CREATE TABLE used_tenant_ids (
    id text COLLATE "C" NOT NULL PRIMARY KEY
);

INSERT INTO used_tenant_ids (id) SELECT id FROM tenants;
