/*
 * A program without a C library, so that another linker can make it of the library's import library and the system's
 * alone.
 */
#include <pusherws.h>

#include <windows.h>

static void say(const char *text)
{
    DWORD written;
    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), text, (DWORD)lstrlenA(text), &written, NULL);
}

void begin(void);

void begin(void)
{
    pusher_config *config = pusher_config_new("app-key");
    UINT failed = lstrcmpA(pusher_version(), PUSHER_VERSION) != 0 ||
                  pusher_abi_version() != PUSHER_ABI_VERSION || config == NULL ||
                  pusher_config_set_port(config, -1) != PUSHER_ERR_ARGUMENT ||
                  pusher_config_free(config) != PUSHER_OK;
    if (!failed) {
        say("ok linked with pusherws.lib\n");
    }
    ExitProcess(failed);
}
