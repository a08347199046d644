# shellcheck shell=bash
# Real servers of others that the tests publish to: the official Bluesky PDS with its PLC directory, from npm. Sourced after
# setup.sh; needs install_node.

install_counterparts() {
  local folder=tests/counterparts key
  key=$(hash_of "$folder/package-lock.json" packaging/node/package-lock.json)
  stamped counterparts "$key" && [ -d "$folder/node_modules" ] && return
  npm_ci "$folder"
  # Its SQLite driver would fetch a built file from elsewhere; ours is compiled with the headers that come with our Node.
  # Low priority: the C++ build goes on beside it.
  logged counterparts "Compiling the SQLite driver of the Bluesky server" \
    env npm_config_nodedir="$NODE_HOME" npm_config_build_from_source=true nice npm rebuild --prefix "$folder" better-sqlite3
  stamp counterparts "$key"
}
