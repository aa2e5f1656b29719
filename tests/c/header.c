/*
 * The header: it stands alone, may be included twice, and is of the library's version. Its numbers and
 * layouts are in layout.c.
 */
#include <pusherws.h>
#include <pusherws.h>

#include <stdio.h>
#include <string.h>

static int check(int good, const char *what)
{
    printf("%s %s\n", good ? "ok" : "FAILED", what);
    return good ? 0 : 1;
}

int main(void)
{
    char version[64];
    int failed = 0;
    snprintf(version, sizeof version, "%d.%d.%d", PUSHER_VERSION_MAJOR, PUSHER_VERSION_MINOR,
             PUSHER_VERSION_PATCH);
    failed += check(strcmp(version, PUSHER_VERSION) == 0, "the parts of the version make it up");
    failed += check(strcmp(pusher_version(), PUSHER_VERSION) == 0,
                    "the library has the version of the header");
    failed += check(pusher_abi_version() == PUSHER_ABI_VERSION,
                    "the library has the binary interface of the header");
    return failed != 0;
}
