// SPDX-License-Identifier: GPL-2.0
/* rpc COMMAND: one RPC by libvmtools, as a program that has it in itself. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "guest.h"

int main(int argc, char **argv)
{
	int (*send)(const char *data, size_t len, char **reply, size_t *rlen);
	void *lib = dlopen("libvmtools.so.0", RTLD_NOW);
	char *reply = NULL;
	size_t len = 0;
	int ok;

	if (argc != 2)
		die("usage: rpc COMMAND");
	if (!lib)
		die("%s", dlerror());
	*(void **)&send = dlsym(lib, "RpcChannel_SendOneRaw");
	if (!send)
		die("%s", dlerror());
	ok = send(argv[1], strlen(argv[1]), &reply, &len);
	printf("%.*s\n", (int)len, reply ? reply : "");
	return ok ? 0 : 1;
}
