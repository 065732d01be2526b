-- A registry of schema 1 as the first version made it, for tests: the secrets in it are of no value.
PRAGMA application_id = 0x46524553;
PRAGMA user_version = 1;
BEGIN;
CREATE TABLE attempt (
  id INTEGER PRIMARY KEY, connection INTEGER NOT NULL REFERENCES connection(id) ON DELETE CASCADE, owner TEXT NOT NULL DEFAULT '',
  kind TEXT NOT NULL CHECK (kind IN ('code','oauth1','device')), handle BLOB NOT NULL UNIQUE, secret BLOB /*sealed*/,
  client INTEGER REFERENCES client(id), redirect_uri TEXT, scopes TEXT NOT NULL, issuer TEXT, browser BLOB, poll_interval INTEGER,
  created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER, outcome TEXT) STRICT;
CREATE TABLE audit (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, via TEXT NOT NULL CHECK (via IN ('cli','console','run','worker')),
  action TEXT NOT NULL, connection INTEGER, link_name TEXT, service TEXT, outcome TEXT NOT NULL, detail TEXT) STRICT;
INSERT INTO "audit" VALUES(1,1796009097080,'tester','cli','create',NULL,NULL,'shop','ok',NULL);
INSERT INTO "audit" VALUES(2,1796009097112,'tester','cli','create',1,'team','shop','ok',NULL);
INSERT INTO "audit" VALUES(3,1796009097149,'tester','cli','connect',1,'team','shop','ok',NULL);
INSERT INTO "audit" VALUES(4,1796009097179,'tester','cli','create',NULL,NULL,'crm','ok',NULL);
INSERT INTO "audit" VALUES(5,1796009097194,'tester','cli','edit',NULL,NULL,'crm','ok','client default');
INSERT INTO "audit" VALUES(6,1796009097230,'tester','cli','create',2,'crm_sales','crm','ok',NULL);
CREATE TABLE client (
  id INTEGER PRIMARY KEY, service TEXT NOT NULL, name TEXT NOT NULL DEFAULT 'default', client_id TEXT NOT NULL,
  client_secret BLOB /*sealed*/, fields TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(fields)), secret_fields BLOB /*sealed*/,
  redirect_uri TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, UNIQUE (service, name)) STRICT;
INSERT INTO "client" VALUES(1,'crm','default','abc',X'01083635393939336334DE11968C8FEBBF90D8CB896B5D858F5C63866DBF1C48B34BD4714B42E411D9B2AD250620609B852587BAC3BF4554','{}',NULL,NULL,1796009097194,1796009097194);
CREATE TABLE connection (
  id INTEGER PRIMARY KEY,
  link_name TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (length(link_name) <= 50
    AND link_name GLOB '[A-Za-z]*' AND link_name NOT GLOB '*[^A-Za-z0-9_]*'),
  name TEXT NOT NULL, service TEXT NOT NULL, client INTEGER REFERENCES client(id) ON DELETE RESTRICT, grant_type TEXT,
  scopes TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(scopes)), fields TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(fields)),
  extra_hosts TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(extra_hosts)),
  sharing TEXT NOT NULL DEFAULT 'shared' CHECK (sharing IN ('shared','per_user')),
  disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0,1)), rate TEXT, notes TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) STRICT;
INSERT INTO "connection" VALUES(1,'team','team','shop',NULL,NULL,'[]','{}','[]','shared',0,NULL,'',1796009097112,1796009097112);
INSERT INTO "connection" VALUES(2,'crm_sales','crm_sales','crm',NULL,'client_credentials','[]','{}','[]','shared',0,NULL,'from the first version',1796009097230,1796009097230);
CREATE TABLE credential (
  id INTEGER PRIMARY KEY, connection INTEGER NOT NULL REFERENCES connection(id) ON DELETE CASCADE, owner TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL CHECK (status IN ('created','authorised','needs_authorisation','failed')), reason TEXT,
  gen INTEGER NOT NULL DEFAULT 0, secret_fields BLOB /*sealed*/, access_token BLOB /*sealed*/, token_secret BLOB /*sealed*/,
  refresh_token BLOB /*sealed*/, previous_refresh_token BLOB /*sealed*/, token_type TEXT, granted_scopes TEXT, client_auth TEXT,
  found TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(found)), issued_at INTEGER, expires_at INTEGER,
  refresh_expires_at INTEGER, refresh_started_at INTEGER, authorised_at INTEGER, refreshed_at INTEGER, verified_at INTEGER,
  used_at INTEGER, account TEXT, last_error TEXT, last_error_at INTEGER, UNIQUE (connection, owner)) STRICT;
INSERT INTO "credential" VALUES(1,1,'','authorised',NULL,0,X'01083635393939336334F4D1B805CB7C5384BED1CF325E627DDF6FA2F19E440D4D8F4C10087205D87A122DB0CB0E25921CC13B2104EE3BDBEE0E2510C57BA9D9468EBE5AB536EFCB0BE8ACEAC9074B',NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{}',NULL,NULL,NULL,NULL,1796009097149,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "credential" VALUES(2,2,'','created',NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{}',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE sealing_key (id TEXT PRIMARY KEY, proof BLOB NOT NULL, created_at INTEGER NOT NULL, retired_at INTEGER) STRICT;
INSERT INTO "sealing_key" VALUES('659993c4',X'010836353939393363344213439AD29858657C779F746E9D1B2F88BF212D9B7220FBCBDF3332115682FA1E144F9CBFFC3FCA61C046963B8976',1796009097041,NULL);
CREATE TABLE service (
  id INTEGER PRIMARY KEY, link_name TEXT NOT NULL UNIQUE COLLATE NOCASE, name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  definition TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) STRICT;
INSERT INTO "service" VALUES(1,'shop','Shop','name = "Shop"
scheme = "api_key"
param_name = "X-Api-Key"
hosts = ["api.example.com"]
',1796009097080,1796009097080);
INSERT INTO "service" VALUES(2,'crm','CRM','name = "CRM"
scheme = "oauth2"
grant_types = ["client_credentials"]
token_url = "https://login.example.com/token"
hosts = ["crm.example.com"]
',1796009097179,1796009097179);
CREATE INDEX audit_by_link ON audit (link_name, at);
CREATE INDEX attempt_by_expiry ON attempt (expires_at);
COMMIT;
