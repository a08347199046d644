# Real servers of others that the tests publish to: the official Bluesky PDS with its PLC directory, from npm.

install_counterparts() {
  local folder=tests/counterparts key
  key=$(hash_of "$folder/package-lock.json")-$NODE_VERSION
  stamped counterparts "$key" && return
  npm_ci "$folder"
  # Its SQLite driver has no prebuilt file that can be fetched; our Node's package carries the headers to compile it.
  (cd "$folder" && npm_config_nodedir=$NODE_HOME nice npm rebuild better-sqlite3)
  stamp counterparts "$key"
}
