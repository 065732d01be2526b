PRAGMA application_id = 0x46524553;
CREATE TABLE sealing_key (id TEXT PRIMARY KEY, proof BLOB NOT NULL, created_at INTEGER NOT NULL, retired_at INTEGER) STRICT;
CREATE TABLE service (
  id INTEGER PRIMARY KEY, link_name TEXT NOT NULL UNIQUE COLLATE NOCASE, name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  definition TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) STRICT;
CREATE TABLE client (
  id INTEGER PRIMARY KEY, service TEXT NOT NULL, name TEXT NOT NULL DEFAULT 'default', client_id TEXT NOT NULL,
  client_secret BLOB /*sealed*/, fields TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(fields)), secret_fields BLOB /*sealed*/,
  redirect_uri TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, UNIQUE (service, name)) STRICT;
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
CREATE TABLE credential (
  id INTEGER PRIMARY KEY, connection INTEGER NOT NULL REFERENCES connection(id) ON DELETE CASCADE, owner TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL CHECK (status IN ('created','authorised','needs_authorisation','failed')), reason TEXT,
  gen INTEGER NOT NULL DEFAULT 0, secret_fields BLOB /*sealed*/, access_token BLOB /*sealed*/, token_secret BLOB /*sealed*/,
  refresh_token BLOB /*sealed*/, previous_refresh_token BLOB /*sealed*/, token_type TEXT, granted_scopes TEXT, client_auth TEXT,
  found TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(found)), issued_at INTEGER, expires_at INTEGER,
  refresh_expires_at INTEGER, refresh_started_at INTEGER, authorised_at INTEGER, refreshed_at INTEGER, verified_at INTEGER,
  used_at INTEGER, account TEXT, last_error TEXT, last_error_at INTEGER, UNIQUE (connection, owner)) STRICT;
CREATE TABLE attempt (
  id INTEGER PRIMARY KEY, connection INTEGER NOT NULL REFERENCES connection(id) ON DELETE CASCADE, owner TEXT NOT NULL DEFAULT '',
  kind TEXT NOT NULL CHECK (kind IN ('code','oauth1','device')), handle BLOB NOT NULL UNIQUE, secret BLOB /*sealed*/,
  client INTEGER REFERENCES client(id), redirect_uri TEXT, scopes TEXT NOT NULL, issuer TEXT, browser BLOB, poll_interval INTEGER,
  created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER, outcome TEXT) STRICT;
CREATE TABLE audit (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, via TEXT NOT NULL CHECK (via IN ('cli','console','run','worker')),
  action TEXT NOT NULL, connection INTEGER, link_name TEXT, service TEXT, outcome TEXT NOT NULL, detail TEXT) STRICT;
CREATE INDEX audit_by_link ON audit (link_name, at);
CREATE INDEX attempt_by_expiry ON attempt (expires_at);
