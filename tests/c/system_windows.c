/*
 * The part of the harness that asks the system: on Windows, and under wine.
 */
#include "sockets.h"

#include "harness.h"

#include <windows.h>

#include <tlhelp32.h>
#include <winternl.h>

/* tests/windows/wine.c: called when the library has been loaded. */
void mend_wine(void);

static FARPROC function_of(const char *module, const char *name)
{
    FARPROC function = GetProcAddress(GetModuleHandleA(module), name);
    if (function == NULL) {
        FAIL("%s has no %s", module, name);
    }
    return function;
}

/* GetProcAddress gives one type for all functions. */
#define AS_FUNCTION(type, function) ((type)(void (*)(void))(function))

static void CALLBACK end_now(PTP_CALLBACK_INSTANCE instance, void *unused, PTP_TIMER timer)
{
    (void)instance;
    (void)unused;
    (void)timer;
    fprintf(stderr, "the test took too long\n");
    fflush(stderr);
    TerminateProcess(GetCurrentProcess(), 99);
}

void end_after(unsigned seconds)
{
    enum { UNITS_OF_A_SECOND = 10 * 1000 * 1000 };
    static PTP_TIMER timer = NULL;
    /* Negative is from now on. */
    LARGE_INTEGER until;
    FILETIME due;
    until.QuadPart = -(LONGLONG)seconds * UNITS_OF_A_SECOND;
    due.dwLowDateTime = until.LowPart;
    due.dwHighDateTime = (DWORD)until.HighPart;
    if (timer == NULL) {
        timer = CreateThreadpoolTimer(end_now, NULL, NULL);
        CHECK(timer != NULL);
    }
    SetThreadpoolTimer(timer, &due, 0, 0);
}

/* The server ---------------------------------------------------------------------------------- */

/* The server is a program for Linux. tests/windows/keeper.py starts one for each connection, and ends it with
   the connection, however this process ends. */
static SOCKET keeper = INVALID_SOCKET;
static int port;
static char ca_file[256];

void start_server(void)
{
    const char *where = getenv("PUSHERWS_KEEPER");
    struct sockaddr_in address;
    WSADATA about;
    char line[300] = "";
    size_t length = 0;
    if (where == NULL) {
        FAIL("PUSHERWS_KEEPER has to be the port of the server's keeper; scripts/test-windows.sh sets it");
    }
    CHECK(WSAStartup(MAKEWORD(2, 2), &about) == 0);
    mend_wine();
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)atoi(where));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    keeper = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(keeper != INVALID_SOCKET);
    CHECK(connect(keeper, (struct sockaddr *)&address, (int)sizeof address) == 0);
    while (strchr(line, '\n') == NULL && length + 1 < sizeof line) {
        ssize_t got = receive_some(keeper, line + length, sizeof line - 1 - length);
        if (got <= 0) {
            FAIL("the server did not start");
        }
        length += (size_t)got;
        line[length] = '\0';
    }
    CHECK(sscanf(line, "%d %255[^\n]", &port, ca_file) == 2);
}

void stop_server(void)
{
    char byte;
    CHECK(shutdown(keeper, SD_SEND) == 0);
    /* The keeper closes its side when the server has ended. */
    CHECK(receive_some(keeper, &byte, 1) == 0);
    CHECK(closesocket(keeper) == 0);
    keeper = INVALID_SOCKET;
}

const char *server_ca_file(void)
{
    return ca_file;
}

int server_port(void)
{
    return port;
}

/* Sockets ------------------------------------------------------------------------------------- */

ssize_t send_some(socket_handle handle, const char *bytes, size_t length)
{
    return send(handle, bytes, (int)length, 0);
}

ssize_t receive_some(socket_handle handle, char *bytes, size_t capacity)
{
    return recv(handle, bytes, (int)capacity, 0);
}

/* Libraries ----------------------------------------------------------------------------------- */

void *load_library(const char *path)
{
    HMODULE library = LoadLibraryA(path);
    if (library == NULL) {
        FAIL("%s cannot be loaded: error %lu", path, GetLastError());
    }
    mend_wine();
    return library;
}

void *look_up(void *library, const char *name)
{
    FARPROC function = GetProcAddress((HMODULE)library, name);
    void *symbol = NULL;
    memcpy(&symbol, &function, sizeof symbol);
    return symbol;
}

void unload_library(void *library)
{
    CHECK(FreeLibrary((HMODULE)library));
}

/* Threads ------------------------------------------------------------------------------------- */

typedef HRESULT(WINAPI *get_description)(HANDLE thread, PWSTR *description);
typedef NTSTATUS(NTAPI *query_thread)(HANDLE thread, int about, void *answer, ULONG size, ULONG *used);

/* A thread of the system's own pool begins in the system's own library. */
static int is_of_the_pool(HANDLE thread)
{
    enum { START_ADDRESS = 9 };
    query_thread query = AS_FUNCTION(query_thread, function_of("ntdll.dll", "NtQueryInformationThread"));
    HMODULE module = NULL;
    void *start = NULL;
    return query(thread, START_ADDRESS, &start, (ULONG)sizeof start, NULL) == 0 &&
           GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                                  GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                              (const char *)start, &module) &&
           module == GetModuleHandleA("ntdll.dll");
}

/* Begins the name so? */
static int is_named(HANDLE thread, const char *prefix)
{
    get_description describe =
        AS_FUNCTION(get_description, function_of("kernelbase.dll", "GetThreadDescription"));
    PWSTR description = NULL;
    char name[64] = "";
    if (FAILED(describe(thread, &description))) {
        return 0;
    }
    WideCharToMultiByte(CP_UTF8, 0, description, -1, name, (int)sizeof name - 1, NULL, NULL);
    LocalFree(description);
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

int threads_named(const char *prefix)
{
    int count = 0;
    THREADENTRY32 entry;
    HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    CHECK(all != INVALID_HANDLE_VALUE);
    entry.dwSize = (DWORD)sizeof entry;
    for (BOOL more = Thread32First(all, &entry); more; more = Thread32Next(all, &entry)) {
        if (entry.th32OwnerProcessID != GetCurrentProcessId()) {
            continue;
        }
        HANDLE thread = OpenThread(THREAD_QUERY_INFORMATION | SYNCHRONIZE, FALSE, entry.th32ThreadID);
        if (thread == NULL) {
            continue; /* it has ended meanwhile */
        }
        if (WaitForSingleObject(thread, 0) == WAIT_TIMEOUT) {
            count += *prefix == '\0' ? !is_of_the_pool(thread) : is_named(thread, prefix);
        }
        CloseHandle(thread);
    }
    CloseHandle(all);
    return count;
}

/* GetProcessHandleCount answers 0 under wine 8. So each number that may be a handle is asked for. */
int open_descriptors(void)
{
    enum { HIGHEST = 0x1000 };
    int count = 0;
    for (uintptr_t number = 4; number < HIGHEST; number += 4) {
        DWORD flags;
        count += GetHandleInformation((HANDLE)number, &flags) != 0;
    }
    return count;
}
