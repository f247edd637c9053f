#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What an administrator sets up: units and rules whose text is the documents', and
# what comes from the Python service.
. /lab/guest.sh

diag "a timer for metrics"

metrics=/var/lib/prometheus/node-exporter/vmopnotify.prom
mkdir -p "${metrics%/*}"
rm -f $metrics
units=/etc/systemd/system
ok "a document has its service" put_block $units/vmopnotify-metrics.service
ok "and the timer" put_block $units/vmopnotify-metrics.timer
doc 'systemctl daemon-reload'
doc 'systemctl enable --now vmopnotify-metrics.timer'
ok "metrics come by it" within 60 grep -q 'vmopnotify_up 1' $metrics
systemctl --quiet disable --now vmopnotify-metrics.timer

diag "a rule of udev's"

has_expired() {
	journalctl --boot -t vmopnotify | grep -q 'has expired'
}

ok "a document has it" put_block /etc/udev/rules.d/70-vmopnotify-expired.rules
doc 'udevadm control --reload'
vmopnotifyctl run --name late --on-failure hold --quiesce 'exit 1' \
	--unquiesce true 2>/dev/null &
late=$!
within 60 takes_part late
vmopnotifyctl simulate start --timeout 1 >/dev/null
ok "an operation that expires is in the log by it" within 60 has_expired
vmopnotifyctl simulate end >/dev/null
kill $late
wait $late

diag "from the Python service"

# Its configuration, and something in its place.
conf=/etc/vmopnotify/vmopnotifyd.conf
mkdir -p /etc/vmnotification
cat >/etc/vmnotification/vmnotification.conf <<'END'
[DEFAULT]
app_name = my_app
pre_vmotion_cmd = touch /tmp/my_app_is_quiet
post_vmotion_cmd = rm /tmp/my_app_is_quiet
END
cat >$units/vmnotification.service <<'END'
[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
END
systemctl daemon-reload
systemctl --quiet enable --now vmnotification
# As it is installed.
cp $conf /tmp/vmopnotifyd.conf.lab
sed -i 's/^[a-z_]* = /#&/' $conf

doc 'systemctl stop vmnotification'
doc --says '*my_app*' 'vmopnotifyctl import --dry-run'
doc 'vmopnotifyctl import'
doc 'systemctl disable vmnotification'
doc 'systemctl enable --now vmopnotifyd vmopnotify-app@my_app'
ok "its application takes part" within 60 takes_part my_app
doc 'systemctl enable --now vmopnotifyd'
systemctl --quiet disable --now vmopnotify-app@my_app
cp /tmp/vmopnotifyd.conf.lab $conf

diag "the helper, and its module"

# What is typed in the editor; as systemd has it, in a file that there is.
cat >/tmp/editor <<'END'
#!/bin/sh
cat /tmp/edited >"$1"
END
chmod 0755 /tmp/editor
export SYSTEMD_EDITOR=/tmp/editor

# edited WORD - the block that has it is what is typed
edited() {
	awk -v want="$1" '/^```/ { if (!on) text = ""; on = !on; next }
		on { text = text $0 "\n" }
		on && index($0, want) { found = 1 }
		!on && found { printf "%s", text; exit }' \
		/lab/documents/docs/security.md >/tmp/edited
	[ -s /tmp/edited ]
}

ok "a document has a capability more" edited CAP_NET_BIND_SERVICE
doc --terminal 'systemctl edit vmopnotifyd'
systemctl restart vmopnotifyd
ok "with it the service serves" within 120 is_serving
like "$(unit_get AmbientCapabilities)" "*cap_net_bind_service*" "and has it"
mkdir /srv/vmopnotify
chown vmopnotifyd: /srv/vmopnotify
sed -i 's|^#*file = .*|file = /srv/vmopnotify/token|' $conf
ok "a document has a folder to write to" edited ReadWritePaths
doc --terminal 'systemctl edit vmopnotifyd'
systemctl restart vmopnotifyd
ok "the service serves" within 120 is_serving
ok "the token is there" test -s /srv/vmopnotify/token
rm $units/vmopnotifyd.service.d/override.conf
systemctl daemon-reload
cp /tmp/vmopnotifyd.conf.lab $conf

doc "systemctl stop 'vmopnotify-app@*' vmopnotifyd"
doc 'modprobe -r vmopnotify'
fails "the module is gone" test -e /sys/module/vmopnotify
doc 'modprobe vmopnotify'
ok "and there" test -e /sys/module/vmopnotify
doc 'systemctl start vmopnotifyd'
ok "the service serves" within 120 is_serving
doc 'systemd-sysusers && udevadm control --reload'

ran_all
done_testing
