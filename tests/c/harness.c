/*
 * The part of the harness that does not call the library: a program that loads it by itself has
 * this part too. What the systems do differently is in system_posix.c and system_windows.c.
 */
#include "harness.h"
#include "sockets.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <time.h>

/* Checks -------------------------------------------------------------------------------------- */

void fail_at(const char *file, int line, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "%s:%d: ", file, line);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    fflush(stdout);
    /* Not exit: what would run there may be what is broken. */
    _exit(1);
}

/* Running ------------------------------------------------------------------------------------- */

int run_tests(const test *tests, int argc, char **argv)
{
    int run = 0;
    const char *seconds = getenv("PUSHERWS_TEST_SECONDS"); /* checkers are slow */
    end_after(seconds == NULL ? 90 : (unsigned)atoi(seconds));
    for (; tests->name != NULL; tests++) {
        int wanted = argc < 2;
        for (int i = 1; i < argc; i++) {
            wanted |= strcmp(argv[i], tests->name) == 0;
        }
        if (wanted) {
            tests->run();
            printf("ok %s\n", tests->name);
            fflush(stdout);
            run++;
        }
    }
    if (run == 0) {
        fprintf(stderr, "%s: there is no such test\n", argv[0]);
    }
    return run == 0;
}

void deadline_in(struct timespec *deadline, int seconds)
{
    clock_gettime(CLOCK_REALTIME, deadline);
    deadline->tv_sec += seconds;
}

/* The server ---------------------------------------------------------------------------------- */

/* Returns the HTTP status, and the body in `answer`; 0 where there is no answer. */
static int call_server(const char *path, const char *json, char *answer, size_t capacity)
{
    struct sockaddr_in address;
    char request[1024];
    size_t sent = 0, received = 0;
    int status = 0;
    int length = snprintf(request, sizeof request,
                          "POST /_dev/%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                          "Content-Type: application/json\r\nContent-Length: %u\r\n\r\n%s",
                          path, (unsigned)strlen(json), json);
    CHECK(length > 0 && (size_t)length < sizeof request);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)server_port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socket_handle handle = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(handle != NO_SOCKET);
    int good = connect(handle, (struct sockaddr *)&address, (socklen_t)sizeof address) == 0;
    while (good && sent < (size_t)length) {
        ssize_t n = send_some(handle, request + sent, (size_t)length - sent);
        good = n > 0;
        sent += good ? (size_t)n : 0;
    }
    while (good && received + 1 < capacity) {
        ssize_t n = receive_some(handle, answer + received, capacity - 1 - received);
        if (n <= 0) {
            break;
        }
        received += (size_t)n;
    }
    close_socket(handle);
    answer[received] = '\0';
    if (sscanf(answer, "HTTP/1.1 %d", &status) != 1) {
        return 0;
    }
    char *body = strstr(answer, "\r\n\r\n");
    memmove(answer, body == NULL ? answer + received : body + 4,
            strlen(body == NULL ? "" : body + 4) + 1);
    return status;
}

long order(const char *path, const char *json)
{
    char answer[4096];
    int status = call_server(path, json, answer, sizeof answer);
    if (status != 200) {
        FAIL("the server answers %d to %s %s: %s", status, path, json, answer);
    }
    const char *digit = answer;
    while (*digit != '\0' && !isdigit((unsigned char)*digit)) {
        digit++;
    }
    return strtol(digit, NULL, 10);
}

int try_order(const char *path, const char *json)
{
    char answer[4096];
    return call_server(path, json, answer, sizeof answer) == 200;
}

/* Gates --------------------------------------------------------------------------------------- */

void gate_init(gate *self)
{
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->changed, NULL);
    self->value = 0;
}

long gate_add(gate *self, long n)
{
    pthread_mutex_lock(&self->lock);
    long value = self->value += n;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
    return value;
}

void gate_set(gate *self, long value)
{
    pthread_mutex_lock(&self->lock);
    self->value = value;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
}

long gate_get(gate *self)
{
    return gate_add(self, 0);
}

int gate_reaches(gate *self, long value)
{
    struct timespec deadline;
    int reached = 1;
    deadline_in(&deadline, PATIENCE_S);
    pthread_mutex_lock(&self->lock);
    while (self->value < value && reached) {
        reached = pthread_cond_timedwait(&self->changed, &self->lock, &deadline) != ETIMEDOUT;
    }
    reached = self->value >= value;
    pthread_mutex_unlock(&self->lock);
    return reached;
}

/* Threads ------------------------------------------------------------------------------------- */

void wait_for_threads(const char *prefix, int count)
{
    struct timespec moment = {0, 2 * 1000 * 1000};
    for (int i = 0; i < 2000 && threads_named(prefix) != count; i++) {
        /* Nothing tells when the kernel shows it: so look again. */
        nanosleep(&moment, NULL);
    }
    if (threads_named(prefix) != count) {
        FAIL("%d threads are named %s..., and not %d", threads_named(prefix), prefix, count);
    }
}
