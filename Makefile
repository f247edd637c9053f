# SPDX-License-Identifier: GPL-2.0
# For people; the kernel's build reads Kbuild.  "make help" says what there is.

KDIR	?= /lib/modules/$(shell uname -r)/build
PREFIX	?= /usr
DESTDIR	?=
VERSION	:= $(shell cat VERSION)
BUILD	:= $(CURDIR)/build

.DEFAULT_GOAL := all
.PHONY: all help modules modules_install userspace lab lab-programs install \
	install-dkms uninstall dist deb rpm docs demo check check-unit check-static \
	check-docs check-examples check-mutants check-vm check-lab check-systemd \
	check-soak check-debug check-fuzz check-kernels check-packages bench clean

all: userspace modules

help:
	@sed -n 's/^#: //p' $(firstword $(MAKEFILE_LIST))

#: make                  the module for the running kernel, and the userspace
#: make modules          the module: kmod/vmopnotify.ko; KDIR= for another kernel
modules: | headers
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

#: make modules_install  install the module and run depmod (as root)
modules_install: | headers
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules_install

.PHONY: headers
headers:
	@test -e $(KDIR)/Makefile || { \
		echo "No kernel headers in $(KDIR)."; \
		echo "For the running kernel: apt-get install linux-headers-$$(uname -r)"; \
		echo "For another one: make modules KDIR=/usr/src/linux-headers-..."; \
		exit 1; } >&2

#: make userspace        vmopnotifyd and vmopnotifyctl, into build/userspace/bin,
#:                       libvmopnotify into build/userspace/lib
userspace:
	$(MAKE) -C userspace BUILD=$(BUILD)/userspace VERSION=$(VERSION)

#: make install          install userspace, configuration, units and headers;
#:                       DESTDIR= PREFIX=/usr LIBDIR=/usr/lib/x86_64-linux-gnu
install: userspace
	$(MAKE) -C userspace install BUILD=$(BUILD)/userspace \
		VERSION=$(VERSION) PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)
	install -D -m 0644 include/uapi/linux/vmopnotify.h \
		$(DESTDIR)$(PREFIX)/include/linux/vmopnotify.h

# What builds the module, and modules that use its symbols.
dkms_files := Kbuild Makefile VERSION dkms.conf $(wildcard kmod/*) \
	$(wildcard include/*/*.h include/*/*/*.h)

#: make install-dkms     install the module's source for DKMS, which builds it for
#:                       each kernel: see docs/install.md
install-dkms:
	$(foreach f,$(filter-out %.o %.ko %.mod %.mod.c %.order,$(dkms_files)),\
		install -D -m 0644 $(f) \
		$(DESTDIR)$(PREFIX)/src/vmopnotify-$(VERSION)/$(f) &&) true

#: make uninstall        remove what "make install" did; the configuration stays
uninstall:
	$(MAKE) -C userspace uninstall PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)
	rm -f $(DESTDIR)$(PREFIX)/include/linux/vmopnotify.h

#: make dist             the source, the same bytes each time, into build/dist
dist:
	@packaging/dist

#: make deb              Debian's packages, into build/deb; see docs/install.md
deb:
	@tests/install-deps deb
	@packaging/deb

#: make rpm              RPMs, as for RHEL 9 and Photon, into build/rpm
rpm:
	@tests/install-deps rpm
	@packaging/rpm

#: make docs             what the headers say, as reStructuredText, and the manual
#:                       pages, as HTML, into build/docs
docs:
	@tests/install-deps docs
	@docs/render

lab-programs: userspace
	$(MAKE) -C tests/lab BUILD=$(BUILD)/lab \
		LIBRARY=$(BUILD)/userspace/lib/libvmopnotify.a

.PHONY: demo-programs
demo-programs: userspace
	$(MAKE) -C tests/demo BUILD=$(BUILD)/demo/bin \
		LIBDIR=$(BUILD)/userspace/lib

#: make demo             a live migration, without and with vmopnotify: a timeline
#:                       as it happens, what it came to, and a picture of it
demo:
	@tests/install-deps demo
	@tests/demo/demo

#: make lab              a virtual machine to migrate by hand, and to look around
#:                       in; APP="./trader ./trader.conf" takes yours there
lab:
	@tests/lab/lab --build $(APP:%=--app %)

#: make check            every test; ends with "N passed, N failed, N skipped"
check:
	@tests/install-deps check
	@tests/check

#: make check-static     of these: checkpatch, sparse, shellcheck
#: make check-unit       of these: what runs without a virtual machine
#: make check-docs       of these: every command that the documents have
#: make check-examples   of these: the examples, with the software they are for
#: make check-vm         of these: what runs in one; KERNELS="6.1 6.12 6.12-rt"
#: make check-lab        of these: live migrations, from one QEMU to another
#: make check-systemd    of these: what runs as Debian's systemd starts it
check-static check-unit check-docs check-examples check-vm check-lab \
	check-systemd:
	@tests/install-deps check
	@tests/check $(@:check-%=%)

#: make check-debug      those in a VM again, on kernels built to watch over the
#:                       module: memory, locks, leaks, races; with allocations
#:                       failing; and a long fuzz (an hour)
check-debug:
	@tests/install-deps debug
	@tests/check debug

#: make check-soak       500 live migrations back and forth, with faults drawn by
#:                       lot; SEED=1 MIGRATIONS=500 (half an hour)
check-soak:
	@tests/install-deps check
	@tests/check soak

#: make check-fuzz       fuzz what parses the words of the host, the kernel and
#:                       people, FUZZ_SECONDS=60 each, with clang's libFuzzer
check-fuzz:
	@tests/install-deps fuzz
	@tests/fuzz/run

#: make check-kernels    those in a VM again, on Debian's kernels from 5.10 to 7.x,
#:                       each with its -rt sibling (half an hour)
check-kernels:
	@tests/install-deps kernels
	@KERNELS="5.10 5.10-rt 6.1 6.1-rt 6.12 6.12-rt 7.x 7.x-rt" tests/check vm

#: make check-mutants    break the state machine rule by rule: each must be noticed
check-mutants:
	@tests/install-deps check
	@tests/unit/mutants

#: make check-packages   make dist, deb and rpm, and use what they make: DKMS in a
#:                       Debian of its own, dpkg in a virtual machine
check-packages:
	@tests/install-deps packages
	@tests/check packages

#: make bench            how fast it is, in VMs with KERNELS="6.12 6.12-rt"; see
#:                       docs/performance.md (45 minutes)
bench:
	@tests/install-deps bench
	@tests/bench/run $(or $(KERNELS),6.12 6.12-rt)

#: make clean            remove all that was built
clean:
	rm -rf $(BUILD)
	find kmod samples -name '*.o' -o -name '*.ko' -o -name '*.mod' \
		-o -name '*.mod.c' -o -name '.*.cmd' -o -name '.*.d' | xargs -r rm -f
	rm -f Module.symvers modules.order .*.cmd kmod/modules.order
