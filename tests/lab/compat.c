// SPDX-License-Identifier: GPL-2.0
#include "compat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB	(1024.0 * 1024.0)

/*
 * The facts of a machine are a JSON object: each member is text, under a name
 * that the same thing has in the other machine.
 */

__attribute__((format(printf, 3, 4)))
static void add_fact(cJSON *facts, const char *name, const char *fmt, ...)
{
	struct buf text = { 0 };
	va_list args;

	va_start(args, fmt);
	buf_vprintf(&text, fmt, args);
	va_end(args);
	cJSON_AddStringToObject(facts, name, text.data);
	buf_free(&text);
}

static cJSON *get_property(struct machine *m, const char *path,
			   const char *property, struct buf *why)
{
	cJSON *args = cJSON_CreateObject();

	cJSON_AddStringToObject(args, "path", path);
	cJSON_AddStringToObject(args, "property", property);
	return qmp_command(&m->qmp, "qom-get", args, why);
}

/* A property that is text, into @to. */
static bool get_text(struct machine *m, const char *path, const char *property,
		     struct buf *to, struct buf *why)
{
	cJSON *json = get_property(m, path, property, why);
	bool known = json;

	buf_reset(to);
	if (cJSON_IsNumber(json))
		buf_printf(to, "%.0f", json->valuedouble);
	else
		buf_printf(to, "%s", cJSON_IsString(json) ?
			   json->valuestring : "");
	cJSON_Delete(json);
	return known;
}

/* The machine's type, and who runs its code */

static bool add_machine(struct machine *m, cJSON *facts, struct buf *why)
{
	struct buf type = { 0 };
	bool known = get_text(m, "/machine", "type", &type, why);
	char *end;
	cJSON *kvm;

	if (known) {
		end = strstr(type.data, "-machine");
		if (end)
			*end = 0;
		add_fact(facts, "machine type", "%s", type.data);
		kvm = qmp_command(&m->qmp, "query-kvm", NULL, why);
		known = kvm;
		add_fact(facts, "accelerator", "%s", cJSON_IsTrue(
			 cJSON_GetObjectItem(kvm, "enabled")) ? "kvm" : "tcg");
		cJSON_Delete(kvm);
	}
	buf_free(&type);
	return known;
}

double compat_memory_mib(struct machine *m, struct buf *why)
{
	cJSON *json = qmp_command(&m->qmp, "query-memory-size-summary", NULL,
				  why);
	double bytes = qmp_number(json, "base-memory") +
		       qmp_number(json, "plugged-memory");

	cJSON_Delete(json);
	return bytes / MIB;
}

static bool add_memory(struct machine *m, cJSON *facts, struct buf *why)
{
	double mib = compat_memory_mib(m, why);

	/* No rounding: QEMU refuses the smallest difference. */
	add_fact(facts, "memory", "%.0f KiB", mib * 1024);
	return mib;
}

/* The processors */

/* What CPUID answers, bit by bit: "max" is another thing on each machine. */
static bool add_features(struct machine *m, const char *cpu, cJSON *facts,
			 struct buf *why)
{
	cJSON *words = get_property(m, cpu, "feature-words", why);
	bool known = words;
	char name[80];
	cJSON *word;

	cJSON_ArrayForEach(word, words) {
		snprintf(name, sizeof(name), "CPU features in %s of CPUID %#.0f.%.0f",
			 qmp_text(word, "cpuid-register"),
			 qmp_number(word, "cpuid-input-eax"),
			 qmp_number(word, "cpuid-input-ecx"));
		add_fact(facts, name, "%#.8x",
			 (unsigned int)qmp_number(word, "features"));
	}
	cJSON_Delete(words);
	return known;
}

static bool add_cpus(struct machine *m, cJSON *facts, struct buf *why)
{
	cJSON *cpus = qmp_command(&m->qmp, "query-cpus-fast", NULL, why);
	const char *first = qmp_text(cJSON_GetArrayItem(cpus, 0), "qom-path");
	struct buf model = { 0 };
	bool known = cpus && get_text(m, first, "type", &model, why);
	char *end;

	if (known) {
		end = strstr(model.data, "-x86_64-cpu");
		if (end)
			*end = 0;
		add_fact(facts, "CPU model", "%s", model.data);
		add_fact(facts, "CPUs", "%d", cJSON_GetArraySize(cpus));
		known = add_features(m, first, facts, why);
	}
	buf_free(&model);
	cJSON_Delete(cpus);
	return known;
}

/* The devices */

static bool add_pci(struct machine *m, cJSON *facts, struct buf *why)
{
	cJSON *buses = qmp_command(&m->qmp, "query-pci", NULL, why);
	cJSON *bus, *device, *id;
	char name[40];
	bool known = buses;

	cJSON_ArrayForEach(bus, buses) {
		cJSON_ArrayForEach(device, cJSON_GetObjectItem(bus, "devices")) {
			id = cJSON_GetObjectItem(device, "id");
			snprintf(name, sizeof(name), "PCI device %02x:%02x.%x",
				 (int)qmp_number(device, "bus"),
				 (int)qmp_number(device, "slot"),
				 (int)qmp_number(device, "function"));
			add_fact(facts, name, "%04x:%04x",
				 (int)qmp_number(id, "vendor"),
				 (int)qmp_number(id, "device"));
		}
	}
	cJSON_Delete(buses);
	return known;
}

static bool add_port(struct machine *m, const char *path, cJSON *facts,
		     struct buf *why)
{
	struct buf nr = { 0 }, port = { 0 };
	bool known = get_text(m, path, "nr", &nr, why) &&
		     get_text(m, path, "name", &port, why);
	char name[40];

	if (known) {
		snprintf(name, sizeof(name), "virtio-serial port %s", nr.data);
		add_fact(facts, name, "%s", port.data);
	}
	buf_free(&nr);
	buf_free(&port);
	return known;
}

/* Those given by name, or by none: then their order is their name. */
static bool add_devices(struct machine *m, const char *folder, cJSON *facts,
			struct buf *why)
{
	cJSON *args = cJSON_CreateObject();
	cJSON *list, *item;
	bool known;

	cJSON_AddStringToObject(args, "path", folder);
	list = qmp_command(&m->qmp, "qom-list", args, why);
	known = list;
	cJSON_ArrayForEach(item, list) {
		const char *type = qmp_text(item, "type");
		char path[160], name[160];

		if (strncmp(type, "child<", strlen("child<")))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder,
			 qmp_text(item, "name"));
		snprintf(name, sizeof(name), "device %s",
			 path + strlen("/machine/"));
		type += strlen("child<");
		add_fact(facts, name, "%.*s", (int)strcspn(type, ">"), type);
		if (!strcmp(type, "virtserialport>"))
			known = known && add_port(m, path, facts, why);
	}
	cJSON_Delete(list);
	return known;
}

/* Both */

static cJSON *facts_of(struct machine *m, struct buf *why)
{
	cJSON *facts = cJSON_CreateObject();

	if (add_machine(m, facts, why) && add_cpus(m, facts, why) &&
	    add_memory(m, facts, why) && add_pci(m, facts, why) &&
	    add_devices(m, "/machine/peripheral", facts, why) &&
	    add_devices(m, "/machine/peripheral-anon", facts, why))
		return facts;
	buf_printf(why, " (on %s)", m->host);
	cJSON_Delete(facts);
	return NULL;
}

static const char *or_none(const char *text)
{
	return *text ? text : "none";
}

static void add_difference(struct buf *why, const char *name, const char *a,
			   const char *host_a, const char *b,
			   const char *host_b)
{
	buf_printf(why, "%s%s: %s on %s, %s on %s", why->len ? "; " : "", name,
		   or_none(a), host_a, or_none(b), host_b);
}

static void compare(const cJSON *a, const char *host_a, const cJSON *b,
		    const char *host_b, struct buf *why)
{
	cJSON *item;

	cJSON_ArrayForEach(item, a) {
		const char *other = qmp_text(b, item->string);

		if (strcmp(item->valuestring, other))
			add_difference(why, item->string, item->valuestring,
				       host_a, other, host_b);
	}
	cJSON_ArrayForEach(item, b)
		if (!cJSON_HasObjectItem(a, item->string))
			add_difference(why, item->string, "", host_a,
				       item->valuestring, host_b);
}

bool compat_check(struct machine *from, struct machine *to, struct buf *text,
		  struct buf *why)
{
	cJSON *a = facts_of(from, why);
	cJSON *b = a ? facts_of(to, why) : NULL;
	bool known = a && b;

	if (known) {
		compare(a, from->host, b, to->host, why);
		buf_printf(text, "%s, %s CPUs %s, %s: %d things compared",
			   qmp_text(a, "machine type"), qmp_text(a, "CPUs"),
			   qmp_text(a, "CPU model"), qmp_text(a, "memory"),
			   cJSON_GetArraySize(a));
	}
	cJSON_Delete(a);
	cJSON_Delete(b);
	return known && !why->len;
}
