# shellcheck shell=bash
# nginx in front of a shop: the file as it is, but for the ports, the paths and the name; and logrotate on what it writes.
# shellcheck source=common.sh
. "${BASH_SOURCE%/*}/common.sh"

host=shop.example.com
logs=$WORK/log
mkdir -p "$logs" "$WORK/nginx" "$WORK/data"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$host" \
    -addext "subjectAltName=DNS:$host" -keyout "$WORK/privkey.pem" -out "$WORK/fullchain.pem" 2>/dev/null
sed -e "s#/etc/ssl/$host#$WORK#; s#/var/log/sutler#$logs#; s#127.0.0.1:8000#127.0.0.1:$PORT#" \
    -e "s#listen 80;#listen 127.0.0.1:$HTTP_PORT;#; s#listen 443 ssl#listen 127.0.0.1:$HTTPS_PORT ssl#" \
    -e '/listen \[::\]/d' deploy/nginx/sutler.conf >"$WORK/sutler.conf"
cat >"$WORK/nginx.conf" <<CONF
pid $WORK/nginx.pid;
error_log $WORK/nginx/error.log;
events { worker_connections 256; }
http {
    client_body_temp_path $WORK/nginx/body;
    proxy_temp_path $WORK/nginx/proxy;
    fastcgi_temp_path $WORK/nginx/fastcgi;
    uwsgi_temp_path $WORK/nginx/uwsgi;
    scgi_temp_path $WORK/nginx/scgi;
    include $WORK/sutler.conf;
}
CONF
[ "$(id -u)" = 0 ] && sed -i '1i user root;' "$WORK/nginx.conf"
check "nginx can read the file" nginx -t -c "$WORK/nginx.conf" -e "$WORK/nginx/error.log"
check "gixy finds nothing in it" by_python gixy deploy/nginx/sutler.conf

SUTLER_DATA_DIR=$WORK/data SUTLER_LISTEN=127.0.0.1:$PORT SUTLER_PUBLIC_URL=https://$host \
    SUTLER_TRUSTED_PROXIES=127.0.0.1 SUTLER_ALLOWED_HOSTS=$host "$SUTLER" demo >"$WORK/shop.log" 2>&1 &
shop=$!
nginx -c "$WORK/nginx.conf" -e "$WORK/nginx/error.log"
stop() {
    kill "$shop" "$(cat "$WORK/nginx.pid")" 2>/dev/null
    wait "$shop"
}
trap stop EXIT

url=https://$host:$HTTPS_PORT
ask() {
    curl --silent --show-error --max-time 20 --cacert "$WORK/fullchain.pem" --noproxy '*' \
        --resolve "$host:$HTTPS_PORT:127.0.0.1" --resolve "$host:$HTTP_PORT:127.0.0.1" "$@"
}
says() {
    local wanted=$1 seen
    shift
    seen=$(ask "$@")
    [[ "$seen" == *"$wanted"* ]] || { echo "$seen"; return 1; }
}
check "the shop is reached through it" until_it ask --fail "$url/health/ready"
check "by HTTP/2" says 2 --output /dev/null --write-out '%{http_version}' "$url/api"
check "by TLS 1.3" ask --fail --tlsv1.3 "$url/api"
refused "and by no older one" ask --fail --tls-max 1.2 "$url/api"
check "what comes in the clear is sent to TLS" says "301 https://$host/api?a=b" --output /dev/null \
    --write-out '%{http_code} %{redirect_url}' "http://$host:$HTTP_PORT/api?a=b"
check "an order is handed over, and found" says '"status":"pending"' --fail --json \
    '{"order_id":"N-1","user_id":"U1","item_ids":[1],"total_amount":9.99}' "$url/api/orders/"
check "its figures are for this machine only" ask --fail --output /dev/null "$url/metrics"
login() {
    ask --fail --json '{"username":"admin","password":"admin-password"}' "$url/api/identity/token" |
        sed 's/.*"access":"\([^"]*\)".*/\1/'
}
token=$(login)
check "a stream is passed on as it comes" says 'data:' --max-time 3 --no-buffer -H "Authorization: Bearer $token" \
    -H 'Accept: text/event-stream' "$url/api/events?cursor="
check "a sheet goes out" says 'sku' --fail -H "Authorization: Bearer $token" "$url/api/catalog/products.csv"

# Debian's own rule for nginx is there as well, where there is one.
for rule in sutler "$([ -f /etc/logrotate.d/nginx ] && echo nginx)"; do
    [ -n "$rule" ] || continue
    [ "$rule" = sutler ] && from=deploy/logrotate/sutler || from=/etc/logrotate.d/nginx
    sed "s#/var/log/sutler#$logs#; s#/run/nginx.pid#$WORK/nginx.pid#g; s#/var/log/nginx#$WORK/nginx#" "$from" >"$WORK/rule-$rule"
    chmod 644 "$WORK/rule-$rule"
done
turn() {
    logrotate --force --verbose --state "$WORK/rotated" "$WORK"/rule-* && [ -f "$logs/access.log.1" ]
}
chmod 755 "$logs" "$WORK/nginx"
# It writes in pieces.
check "requests are in the log" until_it grep -q 'POST /api/orders/" 201' "$logs/access.log"
check "and no query is" not grep -q 'cursor=' "$logs/access.log"
check "logrotate turns it over, beside nginx' own rule" turn
is_written() {
    ask --fail --output /dev/null "$url/api" && until_it grep -q 'GET /api"' "$logs/access.log"
}
check "and nginx goes on in a new one" is_written
finish
