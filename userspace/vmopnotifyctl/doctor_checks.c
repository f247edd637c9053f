// SPDX-License-Identifier: GPL-2.0
/* vmopnotifyctl doctor: the checks, see doctor.h. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <systemd/sd-bus.h>

#include "device.h"
#include "doctor.h"
#include "output.h"

#define UNIT		"vmopnotifyd.service"
#define MODULE_DIR	"/sys/module/vmopnotify"
#define CLOCKSOURCE	"/sys/devices/system/clocksource/clocksource0/current_clocksource"

/* The oldest of each with which the host's notices come. */
#define HARDWARE_LEAST	20
#define TOOLS_LEAST	11

/* A timeout below this leaves nobody much time to get quiet. */
#define TIMEOUT_SMALL_MS	5000

static void found(struct doctor_finding *f, enum doctor_level level,
		  const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void found(struct doctor_finding *f, enum doctor_level level,
		  const char *format, ...)
{
	va_list args;

	f->level = level;
	va_start(args, format);
	vsnprintf(f->text, sizeof(f->text), format, args);
	va_end(args);
}

static void next_step(struct doctor_finding *f, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void next_step(struct doctor_finding *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(f->next, sizeof(f->next), format, args);
	va_end(args);
}

static bool is_vmware(const struct doctor *d)
{
	return !strcmp(d->signature, "VMwareVMware") ||
	       !strncmp(d->vendor, "VMware", 6) ||
	       !strncmp(d->product, "VMware", 6);
}

static void check_hypervisor(const struct doctor *d, struct doctor_finding *f)
{
	const char *signature = *d->signature ? d->signature : "none";

	found(f, is_vmware(d) ? DOCTOR_OK : DOCTOR_FAILURE,
	      "CPUID says %s, DMI says %s%s%s", signature,
	      *d->vendor ? d->vendor : "nothing", *d->product ? ", " : "",
	      d->product);
	if (f->level != DOCTOR_OK)
		next_step(f, "this is not a virtual machine of VMware's: no host will announce anything; drills work all the same");
}

/*
 * The virtual machine's version is not told to the guest as such.  EFI
 * firmware has it in DMI from version 20 on; the BIOS has not.
 */
static void check_hardware(const struct doctor *d, struct doctor_finding *f)
{
	unsigned int version = 0;

	sscanf(d->product, "VMware%u,", &version);
	if (version >= HARDWARE_LEAST)
		found(f, DOCTOR_OK, "the firmware is of version %u (DMI: %s)",
		      version, d->product);
	else if (d->rpc == DOCTOR_RPC_ANSWERED)
		found(f, DOCTOR_OK, "the host answers the RPC that takes version %d",
		      HARDWARE_LEAST);
	else
		found(f, DOCTOR_UNKNOWN, "cannot be known from inside this machine (DMI: %s)",
		      *d->product ? d->product : "nothing");
	if (f->level != DOCTOR_OK)
		next_step(f, "look it up in the vSphere Client: the machine's compatibility has to be ESXi 8.0 (version %d) or later",
			  HARDWARE_LEAST);
}

static void check_tools(const struct doctor *d, struct doctor_finding *f)
{
	const char *number = strpbrk(d->tools_version, "0123456789");
	unsigned int major = 0;

	if (d->tools_error) {
		found(f, DOCTOR_FAILURE, "%s does not run: %s",
		      d->config.vmtoolsd_path, strerror(-d->tools_error));
		next_step(f, "install them, as with the package open-vm-tools, or set vmtoolsd_path in the section [host] of %s",
			  CONFIG_DEFAULT_FILE);
		return;
	}
	if (!number || sscanf(number, "%u", &major) != 1) {
		found(f, DOCTOR_WARNING, "%s ended with %d and does not tell its version: \"%s\"",
		      d->config.vmtoolsd_path, d->tools_status,
		      d->tools_version);
		next_step(f, "see that it is the vmtoolsd of VMware Tools %d or later",
			  TOOLS_LEAST);
		return;
	}
	found(f, major >= TOOLS_LEAST ? DOCTOR_OK : DOCTOR_FAILURE, "%s",
	      d->tools_version);
	if (f->level != DOCTOR_OK)
		next_step(f, "install version %d or later", TOOLS_LEAST);
}

static void check_feature(const struct doctor *d, struct doctor_finding *f)
{
	switch (d->rpc) {
	case DOCTOR_RPC_ANSWERED:
		found(f, DOCTOR_OK, "the host announces operations to this machine");
		return;
	case DOCTOR_RPC_NONE:
		found(f, DOCTOR_UNKNOWN, "the host cannot be asked without vmtoolsd");
		return;
	case DOCTOR_RPC_NOT_ENABLED:
		found(f, DOCTOR_FAILURE, "the host says: %s", d->rpc_text);
		next_step(f, "enable it for this machine in vCenter: vmOpNotificationToAppEnabled, with a positive vmOpNotificationTimeout");
		return;
	case DOCTOR_RPC_NO_SERVICE:
		found(f, DOCTOR_FAILURE, "the host does not know the service: %s",
		      d->rpc_text);
		next_step(f, "it takes vSphere 8.0, and virtual hardware %d, or later",
			  HARDWARE_LEAST);
		return;
	case DOCTOR_RPC_TIMED_OUT:
		found(f, DOCTOR_FAILURE, "%s got no answer in %u ms",
		      d->config.vmtoolsd_path, d->config.rpc_timeout_ms);
		break;
	case DOCTOR_RPC_FAILED:
		found(f, DOCTOR_FAILURE, "the host cannot be asked: %s",
		      d->rpc_text);
		break;
	}
	next_step(f, "try \"%s --cmd vm-operation-notification.list\" by hand",
		  d->config.vmtoolsd_path);
}

/*
 * The host lists the helper's own name.  Without a helper that holds it, and
 * without the token, nobody can go on with that registration.
 */
static void judge_own(const struct doctor *d, struct doctor_finding *f)
{
	const char *file = d->config.token_file;
	char path[2 * PATH_MAX];
	struct stat st;
	int error;

	found(f, DOCTOR_OK, "registered is \"%s\"", d->apps);
	if (d->has_helper ||
	    !lstat(doctor_path(d, file, path, sizeof(path)), &st))
		return;
	error = errno;
	if (error != ENOENT) {
		found(f, DOCTOR_UNKNOWN, "registered is \"%s\"; whether %s is there, to go on with that, is not known: %s",
		      d->apps, file, strerror(error));
		if (error == EACCES && geteuid())
			next_step(f, "run this as root to see it");
	} else if (*d->kernel_error) {
		found(f, DOCTOR_UNKNOWN, "registered is \"%s\", and there is no %s; whether a helper is attached cannot be asked",
		      d->apps, file);
	} else {
		found(f, DOCTOR_FAILURE, "registered is \"%s\", but no helper is attached, and there is no %s to go on with that",
		      d->apps, file);
		next_step(f, "stop another program that goes by this name; look for the token where an earlier configuration had it; where it is lost, the machine has to be rebooted");
	}
}

static void check_registration(const struct doctor *d,
			       struct doctor_finding *f)
{
	const char *own = d->has_helper ? d->app_name : d->config.app_name;

	if (d->rpc != DOCTOR_RPC_ANSWERED) {
		found(f, DOCTOR_UNKNOWN, "who is registered cannot be asked");
	} else if (!d->app_count && !d->has_helper) {
		found(f, DOCTOR_OK, "nobody is registered: the place is free");
	} else if (!d->app_count) {
		found(f, DOCTOR_FAILURE, "the helper is attached, but the host has nobody registered");
		next_step(f, "restart it: \"systemctl restart vmopnotifyd\"");
	} else if (strcmp(d->apps, own)) {
		found(f, DOCTOR_FAILURE, "registered is \"%s\", and not \"%s\"",
		      d->apps, own);
		next_step(f, "a machine has one registration: stop the program that holds it; where that has lost its token, the machine has to be rebooted");
	} else {
		judge_own(d, f);
	}
}

static void check_module(const struct doctor *d, struct doctor_finding *f)
{
	char path[256], version[64];

	if (access(doctor_path(d, MODULE_DIR, path, sizeof(path)), F_OK)) {
		found(f, DOCTOR_FAILURE, "it is not loaded");
		next_step(f, "load it with \"modprobe vmopnotify\"; where that fails, \"dkms status vmopnotify\" tells whether it was built for this kernel");
		return;
	}
	doctor_read(d, MODULE_DIR "/version", version, sizeof(version));
	found(f, DOCTOR_OK, "version %s", version);
	if (!strcmp(version, VMOPNOTIFY_VERSION))
		return;
	found(f, DOCTOR_WARNING, "its version is %s, that of this program " VMOPNOTIFY_VERSION,
	      *version ? version : "not told");
	next_step(f, "install both of one version, and load the module anew");
}

static void check_abi(const struct doctor *d, struct doctor_finding *f)
{
	char path[256];

	if (access(doctor_path(d, MODULE_DIR, path, sizeof(path)), F_OK)) {
		found(f, DOCTOR_UNKNOWN, "the module is not loaded");
		return;
	}
	if (*d->kernel_error) {
		found(f, DOCTOR_FAILURE, "the module cannot be asked: %s",
		      d->kernel_error);
		next_step(f, "in a container, ask on the machine itself: the netlink family is in its first network namespace only");
		return;
	}
	found(f, d->abi_version < VMOPNOTIFY_ABI_VERSION ? DOCTOR_WARNING :
	      DOCTOR_OK, "version %u of the module, %d of this program",
	      d->abi_version, VMOPNOTIFY_ABI_VERSION);
	if (f->level != DOCTOR_OK)
		next_step(f, "the module is older, and lacks what was added since: install the newer one");
}

static void check_device(const struct doctor *d, struct doctor_finding *f)
{
	const struct group *group = getgrnam(DEVICE_GROUP);
	char path[256];
	struct stat st;

	if (stat(doctor_path(d, DEVICE_PATH, path, sizeof(path)), &st)) {
		found(f, DOCTOR_FAILURE, "no %s: %s", DEVICE_PATH,
		      strerror(errno));
		next_step(f, "it comes with the module; where that is loaded, see that devtmpfs is mounted on /dev");
		return;
	}
	found(f, DOCTOR_OK, "mode %04o, group %u", st.st_mode & 07777,
	      st.st_gid);
	if (!S_ISCHR(st.st_mode)) {
		found(f, DOCTOR_FAILURE, "%s is not a device", DEVICE_PATH);
		next_step(f, "remove it, and load the module anew");
	} else if (st.st_mode & 0007) {
		found(f, DOCTOR_WARNING, "mode %04o: anybody may watch, or delay migrations",
		      st.st_mode & 07777);
		next_step(f, "\"udevadm trigger %s\" lets udev give it mode 0660",
			  DEVICE_PATH);
	} else if (!group) {
		found(f, DOCTOR_WARNING, "there is no group \"%s\"",
		      DEVICE_GROUP);
		next_step(f, "make it with \"systemd-sysusers\", then \"udevadm trigger %s\"",
			  DEVICE_PATH);
	} else if (st.st_gid != group->gr_gid ||
		   (st.st_mode & 0060) != 0060) {
		found(f, DOCTOR_WARNING, "mode %04o, group %u: members of the group \"%s\" may not take part",
		      st.st_mode & 07777, st.st_gid, DEVICE_GROUP);
		next_step(f, "\"udevadm trigger %s\" lets udev give it that group, and mode 0660",
			  DEVICE_PATH);
	}
}

static void check_access(const struct doctor *d, struct doctor_finding *f)
{
	const struct passwd *user = getpwuid(geteuid());
	const char *name = user ? user->pw_name : "this user";
	char path[256];
	int fd;

	fd = open(doctor_path(d, DEVICE_PATH, path, sizeof(path)),
		  O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0) {
		close(fd);
		found(f, DOCTOR_OK, "%s may take part", name);
		return;
	}
	if (errno != EACCES && errno != EPERM) {
		found(f, DOCTOR_UNKNOWN, "%s cannot be opened: %s",
		      DEVICE_PATH, strerror(errno));
		return;
	}
	found(f, DOCTOR_WARNING, "%s may not take part", name);
	next_step(f, "as root \"usermod -aG %s %s\", then log in anew",
		  DEVICE_GROUP, name);
}

static void check_helper(const struct doctor *d, struct doctor_finding *f)
{
	char path[64], comm[64];

	if (*d->kernel_error) {
		found(f, DOCTOR_UNKNOWN, "the module cannot be asked");
		return;
	}
	if (!d->has_helper) {
		found(f, DOCTOR_FAILURE, "none is attached: a migration would come unannounced");
		next_step(f, "\"systemctl enable --now vmopnotifyd\"; where it runs, \"journalctl -u vmopnotifyd\" tells what it lacks");
		return;
	}
	if (!d->helper_pid) {
		found(f, DOCTOR_OK, "%s as \"%s\", of another pid namespace",
		      d->helper, d->app_name);
		return;
	}
	snprintf(path, sizeof(path), "/proc/%u/comm", d->helper_pid);
	if (kill((pid_t)d->helper_pid, 0) && errno == ESRCH) {
		found(f, DOCTOR_FAILURE, "%s of pid %u is attached, but that process is gone",
		      d->helper, d->helper_pid);
		next_step(f, "another process holds its socket open: stop that, or \"systemctl restart vmopnotifyd\"");
		return;
	}
	doctor_read(d, path, comm, sizeof(comm));
	found(f, DOCTOR_OK, "%s as \"%s\", pid %u (%s)", d->helper,
	      d->app_name, d->helper_pid, *comm ? comm : "not visible");
}

static int unit_state(sd_bus *bus, const char **active, const char **enabled,
		      sd_bus_message **keep)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *unit = NULL;
	const char *path;
	int ret;

	ret = sd_bus_call_method(bus, "org.freedesktop.systemd1",
				 "/org/freedesktop/systemd1",
				 "org.freedesktop.systemd1.Manager",
				 "LoadUnit", &error, &unit, "s", UNIT);
	if (ret >= 0)
		ret = sd_bus_message_read(unit, "o", &path);
	if (ret >= 0)
		ret = sd_bus_get_property(bus, "org.freedesktop.systemd1",
					  path, "org.freedesktop.systemd1.Unit",
					  "ActiveState", &error, &keep[0], "s");
	if (ret >= 0)
		ret = sd_bus_message_read(keep[0], "s", active);
	if (ret >= 0)
		ret = sd_bus_get_property(bus, "org.freedesktop.systemd1",
					  path, "org.freedesktop.systemd1.Unit",
					  "UnitFileState", &error, &keep[1],
					  "s");
	if (ret >= 0)
		ret = sd_bus_message_read(keep[1], "s", enabled);
	sd_bus_message_unref(unit);
	sd_bus_error_free(&error);
	return ret < 0 ? ret : 0;
}

static void judge_unit(struct doctor_finding *f, const char *active,
		       const char *enabled)
{
	bool at_boot = !strncmp(enabled, "enabled", 7);

	found(f, DOCTOR_OK, "%s is %s, %s", UNIT, active,
	      *enabled ? enabled : "not installed");
	if (strcmp(active, "active")) {
		f->level = DOCTOR_FAILURE;
		next_step(f, "\"systemctl enable --now vmopnotifyd\"; \"journalctl -u vmopnotifyd\" tells what went wrong");
	} else if (!at_boot) {
		f->level = DOCTOR_WARNING;
		next_step(f, "\"systemctl enable vmopnotifyd\", so that it is there after the next boot");
	}
}

static void check_service(const struct doctor *d, struct doctor_finding *f)
{
	const char *active = "", *enabled = "";
	sd_bus_message *keep[2] = {};
	sd_bus *bus = NULL;
	char path[256];
	int ret;

	if (access(doctor_path(d, "/run/systemd/system", path, sizeof(path)),
		   F_OK)) {
		found(f, DOCTOR_UNKNOWN, "systemd does not run here: whatever starts the helper is not known");
		return;
	}
	ret = sd_bus_open_system(&bus);
	if (ret >= 0)
		ret = unit_state(bus, &active, &enabled, keep);
	if (ret < 0)
		found(f, DOCTOR_UNKNOWN, "systemd cannot be asked: %s",
		      strerror(-ret));
	else
		judge_unit(f, active, enabled);
	sd_bus_message_unref(keep[0]);
	sd_bus_message_unref(keep[1]);
	sd_bus_unref(bus);
}

static void check_config(const struct doctor *d, struct doctor_finding *f)
{
	if (*d->config_error) {
		found(f, DOCTOR_FAILURE, "%s", d->config_error);
		next_step(f, "correct it, then \"systemctl restart vmopnotifyd\"");
		return;
	}
	found(f, DOCTOR_OK, "registers as \"%s\", asks the host every %u ms",
	      d->config.app_name, d->config.poll_interval_ms);
}

/* A helper that once ran as root leaves one that the service cannot read. */
static bool has_other_owner(const char *path, const struct stat *file)
{
	char dir[2 * PATH_MAX];
	struct stat st;

	snprintf(dir, sizeof(dir), "%s", path);
	return !stat(dirname(dir), &st) && st.st_uid != file->st_uid;
}

static void check_token(const struct doctor *d, struct doctor_finding *f)
{
	const char *file = d->config.token_file;
	char path[2 * PATH_MAX];
	struct stat st;

	if (!lstat(doctor_path(d, file, path, sizeof(path)), &st)) {
		if (!S_ISREG(st.st_mode) || st.st_mode & 0077) {
			found(f, DOCTOR_FAILURE, "%s has mode %04o: others can take the registration away",
			      file, st.st_mode & 07777);
			next_step(f, "\"chmod 0600 %s\"", file);
			return;
		}
		if (has_other_owner(path, &st)) {
			found(f, DOCTOR_WARNING, "%s belongs to user %u, and its directory to another: a helper that runs as that one cannot read it",
			      file, st.st_uid);
			next_step(f, "where the helper is the service: \"chown vmopnotifyd: %s*\", then \"systemctl restart vmopnotifyd\"",
				  file);
			return;
		}
		found(f, DOCTOR_OK, "%s, mode %04o", file,
		      st.st_mode & 07777);
	} else if (errno == EACCES) {
		found(f, DOCTOR_UNKNOWN, "%s is not for %s to see", file,
		      geteuid() ? "this user" : "root");
		next_step(f, "run this as root to see it");
	} else if (errno != ENOENT) {
		found(f, DOCTOR_WARNING, "%s: %s", file, strerror(errno));
		next_step(f, "see what is wrong with it");
	} else if (d->has_helper) {
		found(f, DOCTOR_WARNING, "no %s, but a helper is attached: where its token is kept is not known",
		      file);
		next_step(f, "see that the helper runs with the configuration %s",
			  CONFIG_DEFAULT_FILE);
	} else {
		found(f, DOCTOR_OK, "none, and no helper is attached");
	}
}

static void check_timeout(const struct doctor *d, struct doctor_finding *f)
{
	char text[32], expected[32];

	if (!d->has_helper) {
		found(f, DOCTOR_UNKNOWN, "the host tells it to a helper that is registered");
		return;
	}
	duration_text(d->timeout_ms * NSEC_PER_MSEC, text, sizeof(text));
	duration_text(d->expected_ms * NSEC_PER_MSEC, expected,
		      sizeof(expected));
	found(f, DOCTOR_OK, "the host waits for %s; that of a migration's destination is not known before",
	      text);
	if (d->timeout_ms < d->expected_ms)
		found(f, DOCTOR_WARNING, "the host waits for %s, but the consumers say that they need %s",
		      text, expected);
	else if (d->timeout_ms < TIMEOUT_SMALL_MS)
		found(f, DOCTOR_WARNING, "the host waits for %s only", text);
	if (f->level != DOCTOR_OK)
		next_step(f, "raise the smaller one of the host's VmOpNotificationToApp.Timeout and the machine's vmOpNotificationTimeout");
}

/*
 * Deadlines count on the guest's own clock.  The wall clock is used for one
 * thing, the age of a notice; one that is far off makes that age wrong.
 */
static void check_clock(const struct doctor *d, struct doctor_finding *f)
{
	struct timex tx = {};
	struct stat st = {};
	char source[64];
	int state;

	doctor_read(d, CLOCKSOURCE, source, sizeof(source));
	state = adjtimex(&tx);
	found(f, DOCTOR_OK, "synchronized, clock source %s",
	      *source ? source : "not told");
	stat("/proc/self/exe", &st);
	if (time(NULL) < st.st_mtime) {
		found(f, DOCTOR_WARNING, "the wall clock is behind: it is earlier than the making of this program");
		next_step(f, "set it, and have it kept by chrony or systemd-timesyncd");
	} else if (state < 0) {
		found(f, DOCTOR_UNKNOWN, "clock source %s; whether the wall clock is kept cannot be asked: %s",
		      source, strerror(errno));
	} else if (state == TIME_ERROR || tx.status & STA_UNSYNC) {
		found(f, DOCTOR_WARNING, "nothing keeps the wall clock as far as the kernel knows, clock source %s",
		      *source ? source : "not told");
		next_step(f, "have it kept by chrony or systemd-timesyncd: how old a notice is, is told by it; VMware Tools' own way does not show here");
	}
}

static void check_kernel(const struct doctor *d, struct doctor_finding *f)
{
	unsigned int major = 0, minor = 0;
	struct utsname name;

	(void)d;
	uname(&name);
	sscanf(name.release, "%u.%u", &major, &minor);
	found(f, DOCTOR_OK, "%s, %s", name.release, name.machine);
	if (major > 5 || (major == 5 && minor >= 10))
		return;
	found(f, DOCTOR_WARNING, "%s: it is not tested with kernels before 5.10",
	      name.release);
	next_step(f, "use a newer kernel");
}

const struct doctor_check doctor_checks[] = {
	{ "kernel",		check_kernel },
	{ "hypervisor",		check_hypervisor },
	{ "hardware version",	check_hardware },
	{ "VMware Tools",	check_tools },
	{ "host's feature",	check_feature },
	{ "module",		check_module },
	{ "ABI",		check_abi },
	{ "device",		check_device },
	{ "access",		check_access },
	{ "configuration",	check_config },
	{ "service",		check_service },
	{ "helper",		check_helper },
	{ "registration",	check_registration },
	{ "token",		check_token },
	{ "timeout",		check_timeout },
	{ "clock",		check_clock },
};

const size_t doctor_check_count =
	sizeof(doctor_checks) / sizeof(doctor_checks[0]);
