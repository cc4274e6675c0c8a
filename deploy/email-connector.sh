#!/bin/sh
# /usr/local/bin/email-connector: every command as the service's user, with its configuration and, while it runs, with
# its credentials. As root alone are run what writes into /etc: /opt/email-connector/bin/email-connector init …
set -eu
user=${EMAIL_CONNECTOR_USER:-email-connector}
program=${EMAIL_CONNECTOR_PROGRAM:-/opt/email-connector/bin/email-connector}
credentials=/run/credentials/email-connector.service

EMAIL_CONNECTOR_CONFIG=${EMAIL_CONNECTOR_CONFIG:-/etc/email-connector/config/CmtEmailConnector.ini}
export EMAIL_CONNECTOR_CONFIG
if [ -z "${CREDENTIALS_DIRECTORY:-}" ] && [ -d "$credentials" ]; then
    export CREDENTIALS_DIRECTORY="$credentials"
fi
if [ "$(id -un)" = "$user" ]; then
    exec "$program" "$@"
fi
exec runuser -u "$user" -- "$program" "$@"
