-- Every id that a tenant has or had. It stays when the tenant is deleted: tokens, certificates and
-- keys that were issued for it must not be valid for a later tenant with the same id.
CREATE TABLE used_tenant_ids (
    id text COLLATE "C" NOT NULL PRIMARY KEY
);

INSERT INTO used_tenant_ids (id) SELECT id FROM tenants;
