/*
 * The part of the harness that asks the system: on Linux.
 */
#include "harness.h"
#include "sockets.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

void end_after(unsigned seconds)
{
    alarm(seconds); /* the default action ends the process */
}

/* The server ---------------------------------------------------------------------------------- */

static pid_t server_process;
static int server_input = -1;
static int port;
static char ca_file[256];

void start_server(void)
{
    const char *program = getenv("PUSHERWS_DEVSERVER");
    int in[2], out[2];
    char line[256] = "";
    size_t length = 0;
    if (program == NULL) {
        FAIL("PUSHERWS_DEVSERVER has to name the server; scripts/test-c.sh does so");
    }
    /* scripts/test-c.sh removes the directory, also after tests that end without stop_server. */
    const char *directory = getenv("TMPDIR");
    snprintf(ca_file, sizeof ca_file, "%s/pusherws-ca-%d.pem",
             directory != NULL ? directory : "/tmp", (int)getpid());
    CHECK(pipe(in) == 0 && pipe(out) == 0);
    fcntl(in[1], F_SETFD, FD_CLOEXEC);
    fcntl(out[0], F_SETFD, FD_CLOEXEC);
    server_process = fork();
    CHECK(server_process >= 0);
    if (server_process == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(in[0]);
        close(out[1]);
        execl(program, program, "--port", "0", "--quiet", "--exit-with-stdin", "--tls",
              "--accept-plain", "--ca-out", ca_file, (char *)NULL);
        perror(program);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    server_input = in[1];
    while (strchr(line, '\n') == NULL && length + 1 < sizeof line) {
        ssize_t got = read(out[0], line + length, sizeof line - 1 - length);
        if (got <= 0) {
            FAIL("the server did not start");
        }
        length += (size_t)got;
        line[length] = '\0';
    }
    close(out[0]);
    char *colon = strrchr(line, ':');
    CHECK(colon != NULL);
    port = atoi(colon + 1);
    CHECK(port > 0 && port < 65536);
}

void stop_server(void)
{
    int status = 0;
    close(server_input);
    server_input = -1;
    CHECK(waitpid(server_process, &status, 0) == server_process);
    remove(ca_file);
}

void kill_server(void)
{
    CHECK(kill(server_process, SIGKILL) == 0);
    stop_server();
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
    return send(handle, bytes, length, MSG_NOSIGNAL);
}

ssize_t receive_some(socket_handle handle, char *bytes, size_t capacity)
{
    return recv(handle, bytes, capacity, 0);
}

/* Libraries ----------------------------------------------------------------------------------- */

void *load_library(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        FAIL("%s", dlerror());
    }
    return library;
}

void *look_up(void *library, const char *name)
{
    return dlsym(library, name);
}

void unload_library(void *library)
{
    CHECK(dlclose(library) == 0);
}

/* Threads ------------------------------------------------------------------------------------- */

int threads_named(const char *prefix)
{
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    CHECK(tasks != NULL);
    for (struct dirent *task = readdir(tasks); task != NULL; task = readdir(tasks)) {
        char path[300], name[64] = "";
        if (task->d_name[0] == '.') {
            continue;
        }
        snprintf(path, sizeof path, "/proc/self/task/%.20s/comm", task->d_name);
        FILE *file = fopen(path, "r");
        if (file == NULL) {
            continue; /* it has ended meanwhile */
        }
        if (fgets(name, (int)sizeof name, file) != NULL) {
            count += strncmp(name, prefix, strlen(prefix)) == 0;
        }
        fclose(file);
    }
    closedir(tasks);
    return count;
}

int open_descriptors(void)
{
    int count = 0;
    DIR *files = opendir("/proc/self/fd");
    CHECK(files != NULL);
    for (struct dirent *file = readdir(files); file != NULL; file = readdir(files)) {
        count += file->d_name[0] != '.';
    }
    closedir(files);
    return count - 1; /* without the directory itself */
}
