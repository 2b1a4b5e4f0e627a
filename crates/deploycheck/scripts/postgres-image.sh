#!/usr/bin/env bash
# Makes an image that stands in for postgres:17-alpine, of this machine's own Postgres: postgres-image.sh FOLDER
# It does of the official one's entrypoint what the box asks for: POSTGRES_USER, POSTGRES_DB and POSTGRES_PASSWORD.
set -euo pipefail
root=$1/root
home=$(find /usr/lib/postgresql -maxdepth 1 -mindepth 1 -name '[0-9]*' | sort -V | tail -n 1)
version=${home##*/}
mkdir -p "$root"/{usr/{bin,sbin,lib,lib64},etc,tmp,run/postgresql,var/lib/postgresql/data}
for name in bin sbin lib lib64; do ln -s "usr/$name" "$root/$name"; done
programs=("$home"/bin/{postgres,initdb,pg_ctl,psql,pg_isready} /bin/bash /usr/bin/{id,mkdir,chown,chmod,cat,env,setpriv,find})
{
    for file in "${programs[@]}" "$home"/lib/*.so; do
        [[ $file == *llvmjit* ]] || ldd "$file" 2>/dev/null | grep -oE '/[^ ]+\.so[^ ]*' || true
    done
    printf '%s\n' "${programs[@]}"
} | sed -E 's#^/(bin|sbin|lib|lib64)/#/usr/\1/#; s#^/##' | sort -u | (cd / && cpio -pdmL --quiet "$root")
ln -s bash "$root/usr/bin/sh"
ln -s ../run "$root/var/run"
tar -C / -c --exclude='llvmjit*' --exclude=bitcode "usr/lib/postgresql/$version/lib" "usr/share/postgresql/$version" \
    usr/share/zoneinfo usr/lib/locale/C.utf8 | tar -C "$root" -x
printf 'root:x:0:0:root:/root:/bin/sh\npostgres:x:70:70::/var/lib/postgresql:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\npostgres:x:70:\n' >"$root/etc/group"
chmod 1777 "$root/tmp"
chown -R 70:70 "$root/var/lib/postgresql" "$root/run/postgresql"
cat >"$root/usr/bin/docker-entrypoint.sh" <<'ENTRYPOINT'
#!/bin/bash
set -eo pipefail
if [ "$(id -u)" = 0 ]; then
    chown -R postgres:postgres "$PGDATA" /run/postgresql
    exec setpriv --reuid=70 --regid=70 --clear-groups "$0" "$@"
fi
if ! [ -s "$PGDATA/PG_VERSION" ]; then
    : "${POSTGRES_PASSWORD:?superuser password is not specified}"
    initdb -D "$PGDATA" --username="$POSTGRES_USER" --pwfile=<(echo "$POSTGRES_PASSWORD")
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
    psql --no-psqlrc -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres -c "create database $POSTGRES_DB"
    pg_ctl -D "$PGDATA" -m fast -w stop
fi
exec "$@"
ENTRYPOINT
chmod 755 "$root/usr/bin/docker-entrypoint.sh"
tar -C "$root" -c . | docker import \
    -c "ENV PATH=$home/bin:/usr/bin:/bin PGDATA=/var/lib/postgresql/data LANG=C.UTF-8" \
    -c 'VOLUME /var/lib/postgresql/data' -c 'EXPOSE 5432' -c 'ENTRYPOINT ["docker-entrypoint.sh"]' \
    -c 'CMD ["postgres", "-c", "listen_addresses=*"]' - postgres:17-alpine
