/*
 * What the DLL tells about itself, and what it needs.
 */
#include "sockets.h"

#include "harness.h"

#include <windows.h>

static void its_version_is_the_librarys(void)
{
    char buffer[4096];
    void *text = NULL;
    VS_FIXEDFILEINFO *numbers = NULL;
    UINT length = 0;
    DWORD unused = 0;
    CHECK(GetFileVersionInfoSizeA("pusherws.dll", &unused) <= sizeof buffer);
    CHECK(GetFileVersionInfoA("pusherws.dll", 0, (DWORD)sizeof buffer, buffer));
    CHECK(VerQueryValueA(buffer, "\\StringFileInfo\\040904b0\\FileVersion", &text, &length));
    CHECK(strcmp((const char *)text, pusher_version()) == 0);
    CHECK(VerQueryValueA(buffer, "\\StringFileInfo\\040904b0\\ProductName", &text, &length));
    CHECK(strcmp((const char *)text, "pusherws") == 0);
    CHECK(VerQueryValueA(buffer, "\\StringFileInfo\\040904b0\\CompanyName", &text, &length));
    CHECK(length > 1);
    CHECK(VerQueryValueA(buffer, "\\StringFileInfo\\040904b0\\FileDescription", &text, &length));
    CHECK(strstr((const char *)text, "Pusher") != NULL);
    CHECK(VerQueryValueA(buffer, "\\StringFileInfo\\040904b0\\LegalCopyright", &text, &length));
    CHECK(strstr((const char *)text, "(c) 20") != NULL);
    CHECK(VerQueryValueA(buffer, "\\", (void **)&numbers, &length));
    CHECK(numbers->dwFileVersionMS == (PUSHER_VERSION_MAJOR << 16 | PUSHER_VERSION_MINOR));
    CHECK(numbers->dwFileVersionLS == PUSHER_VERSION_PATCH << 16);
}

static const test tests[] = {
    {"its_version_is_the_librarys", its_version_is_the_librarys},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    return run_tests(tests, argc, argv);
}
