#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# How an application takes part, by commands of its own and as a service.
. /lab/guest.sh

# What the documents take for granted.
mkdir -p /run/haproxy
socat UNIX-LISTEN:/run/haproxy/admin.sock,fork SYSTEM:'cat >>/tmp/haproxy' &
for user in shop etcd haproxy; do
	useradd --system $user
done
cat >/usr/local/bin/shop <<'END'
#!/bin/sh
echo "$1" >>/tmp/shop
END
chmod 0755 /usr/local/bin/shop
install -m 0666 /dev/null /tmp/shop

haproxy_has() {
	[ "$(tr '\n' ' ' 2>/dev/null </tmp/haproxy)" = "$* " ]
}

shop_is_drained() {
	rm -f /tmp/haproxy
	within 60 takes_part shop && announce &&
		within 60 haproxy_has set server shop/one state drain &&
		finish && within 60 haproxy_has set server shop/one state drain \
			set server shop/one state ready
}

migration_waited_for() {
	within 60 is_watching wait && migration
}

demo_takes_part() {
	within 60 takes_part demo
}

doc --until shop_is_drained - <<'END'
vmopnotifyctl run --name shop --stage 0 \
    --quiesce   'echo "set server shop/one state drain" | socat - /run/haproxy/admin.sock' \
    --unquiesce 'echo "set server shop/one state ready" | socat - /run/haproxy/admin.sock'
END
doc --until shop_is_drained - <<'END'
vmopnotifyctl run --name shop \
    --quiesce   'echo "set server shop/one state drain" |
                 socat - /run/haproxy/admin.sock' \
    --unquiesce 'echo "set server shop/one state ready" |
                 socat - /run/haproxy/admin.sock'
END
ok "nobody takes part any more" within 60 value_is consumers 0

doc --start demo_takes_part - <<'END'
vmopnotifyctl run --name demo --quiesce 'echo quiet' --unquiesce 'echo goes on'
END
demo=$doc_out demo_pid=$doc_pid
doc --says '*demo*' 'vmopnotifyctl simulate run --timeout 10'
demo_goes_on() {
	grep -q 'goes on' "$demo"
}
ok "its consumer gets quiet and goes on" within 60 demo_goes_on
kill "$demo_pid"
wait "$demo_pid"

ok "a document has the shop's file" put_block /etc/vmopnotify/apps.d/shop.conf
doc 'systemctl enable --now vmopnotify-app@shop'
ok "it takes part" within 60 takes_part shop
doc --while migration_waited_for 'vmopnotifyctl wait quiescing --timeout 60'
shop_has() {
	[ "$(tr '\n' ' ' </tmp/shop)" = "$* " ]
}
ok "the shop has done its part" within 60 shop_has stop-taking-orders take-orders

# What their commands do is for tests/examples.
doc 'cp /usr/share/vmopnotify/examples/etcd/etcd.conf /etc/vmopnotify/apps.d/'
doc 'systemctl enable --now vmopnotify-app@etcd'
ok "it takes part" within 60 takes_part etcd
doc - <<'END'
cp /usr/share/vmopnotify/examples/haproxy/haproxy.conf /etc/vmopnotify/apps.d/
END
doc 'systemctl enable --now vmopnotify-app@haproxy'
ok "it takes part" within 60 takes_part haproxy

ran_all
# The shop stays, for others.
systemctl --quiet disable --now vmopnotify-app@{etcd,haproxy}
done_testing
