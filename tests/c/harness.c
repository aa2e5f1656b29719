#include "harness.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/wait.h>
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

void check_status_at(const char *file, int line, const char *call, int32_t expected, int32_t got)
{
    char why[512];
    if (got == expected) {
        return;
    }
    pusher_last_error(why, sizeof why);
    fail_at(file, line, "%s is %s instead of %s; last error: %s", call, pusher_status_name(got),
            pusher_status_name(expected), why);
}

int holds_secret(const char *text)
{
    return text != NULL && (strstr(text, SECRET) != NULL || strstr(text, WRONG_SECRET) != NULL);
}

void check_message_at(const char *file, int line, const char *call, const char *word)
{
    char why[1024];
    size_t length = pusher_last_error(why, sizeof why);
    if (length == 0 || length >= sizeof why || strlen(why) != length) {
        fail_at(file, line, "%s left no message, or a strange one: '%s'", call, why);
    }
    if (strstr(why, word) == NULL) {
        fail_at(file, line, "the message of %s does not say '%s': %s", call, word, why);
    }
    if (holds_secret(why)) {
        fail_at(file, line, "the message of %s tells the secret: %s", call, why);
    }
}

/* Running ------------------------------------------------------------------------------------- */

int run_tests(const test *tests, int argc, char **argv)
{
    int run = 0;
    /* The last resort against a test that hangs: the default action ends the process. */
    alarm(90);
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

static void deadline_in(struct timespec *deadline, int seconds)
{
    clock_gettime(CLOCK_REALTIME, deadline);
    deadline->tv_sec += seconds;
}

/* The server ---------------------------------------------------------------------------------- */

static pid_t server_process;
static int server_input = -1;
static int port;

void start_server(void)
{
    const char *program = getenv("PUSHERWS_DEVSERVER");
    int in[2], out[2];
    char line[256] = "";
    size_t length = 0;
    if (program == NULL) {
        FAIL("PUSHERWS_DEVSERVER has to name the server; scripts/test-c.sh does so");
    }
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
        execl(program, program, "--port", "0", "--quiet", "--exit-with-stdin", (char *)NULL);
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
}

int server_port(void)
{
    return port;
}

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
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int handle = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(handle >= 0);
    int good = connect(handle, (struct sockaddr *)&address, (socklen_t)sizeof address) == 0;
    while (good && sent < (size_t)length) {
        ssize_t n = send(handle, request + sent, (size_t)length - sent, MSG_NOSIGNAL);
        good = n > 0;
        sent += good ? (size_t)n : 0;
    }
    while (good && received + 1 < capacity) {
        ssize_t n = recv(handle, answer + received, capacity - 1 - received, 0);
        if (n <= 0) {
            break;
        }
        received += (size_t)n;
    }
    close(handle);
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

/* Clients ------------------------------------------------------------------------------------- */

pusher_config *new_config(void)
{
    pusher_config *config = pusher_config_new("app-key");
    CHECK(config != NULL);
    CHECK_OK(pusher_config_set_host(config, "127.0.0.1"));
    CHECK_OK(pusher_config_set_port(config, server_port()));
    CHECK_OK(pusher_config_set_tls(config, 0));
    CHECK_OK(pusher_config_set_secret(config, SECRET));
    CHECK_OK(pusher_config_set_backoff(config, 1, 20));
    return config;
}

pusher_client *new_client_with_secret(const char *user_id, const char *secret)
{
    pusher_config *config = new_config();
    pusher_client *client = NULL;
    CHECK_OK(pusher_config_set_secret(config, secret));
    CHECK_OK(pusher_config_set_presence_user(config, user_id, NULL));
    CHECK_OK(pusher_client_new(config, &client));
    CHECK_OK(pusher_config_free(config));
    return client;
}

pusher_client *new_client(const char *user_id)
{
    return new_client_with_secret(user_id, SECRET);
}

void connect_client(pusher_client *client)
{
    pusher_request request = 0;
    CHECK_OK(pusher_client_connect(client, &request));
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
}

void subscribe_channel(pusher_client *client, const char *channel)
{
    pusher_request request = 0;
    CHECK_OK(pusher_client_subscribe(client, channel, NULL, &request));
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
}

void ping_server(pusher_client *client)
{
    pusher_request request = 0;
    CHECK_OK(pusher_client_ping(client, &request));
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
}

void publish_text(pusher_client *client, const char *channel, const char *event, const char *data)
{
    pusher_request request = 0;
    CHECK_OK(pusher_client_publish(client, channel, event, data, strlen(data), &request));
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
}

/* Recorder ------------------------------------------------------------------------------------ */

/* What has to be true of every event. */
static void check_event(const pusher_event *event)
{
    CHECK(event != NULL);
    CHECK(event->size == sizeof(pusher_event));
    CHECK(event->reserved == 0);
    CHECK(event->name != NULL && event->name[event->name_len] == '\0');
    CHECK(event->channel == NULL ? event->channel_len == 0
                                 : event->channel[event->channel_len] == '\0');
    CHECK(event->data == NULL ? event->data_len == 0 : event->data[event->data_len] == '\0');
    CHECK(event->user_id == NULL ? event->user_id_len == 0
                                 : event->user_id[event->user_id_len] == '\0');
    CHECK(!holds_secret(event->data));
    CHECK(event->data == NULL || strstr(event->data, "\"auth\"") == NULL);
}

static void record(const pusher_event *event, void *user_data)
{
    recorder *self = (recorder *)user_data;
    pusher_event *copy = pusher_event_clone(event);
    check_event(event);
    check_event(copy);
    pthread_mutex_lock(&self->lock);
    CHECK(self->running == 0);
    self->running = 1;
    if (self->count == self->capacity) {
        self->capacity = self->capacity == 0 ? 64 : self->capacity * 2;
        self->events =
            (pusher_event **)realloc(self->events, self->capacity * sizeof(pusher_event *));
        CHECK(self->events != NULL);
    }
    self->events[self->count++] = copy;
    pthread_cond_broadcast(&self->changed);
    self->running = 0;
    pthread_mutex_unlock(&self->lock);
}

static void record_drop(void *user_data)
{
    recorder *self = (recorder *)user_data;
    pthread_mutex_lock(&self->lock);
    CHECK(self->running == 0);
    self->drops++;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
}

recorder *recorder_new(void)
{
    recorder *self = (recorder *)calloc(1, sizeof(recorder));
    CHECK(self != NULL);
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->changed, NULL);
    return self;
}

void recorder_free(recorder *self)
{
    for (size_t i = 0; i < self->count; i++) {
        CHECK_OK(pusher_event_free(self->events[i]));
    }
    pthread_cond_destroy(&self->changed);
    pthread_mutex_destroy(&self->lock);
    free(self->events);
    free(self);
}

pusher_binding recorder_bind(recorder *self, pusher_client *client, const char *channel,
                             const char *event)
{
    pusher_callback callback = {record, record_drop, NULL};
    pusher_binding binding = 0;
    callback.user_data = self;
    CHECK_OK(pusher_client_bind(client, channel, event, &callback, &binding));
    CHECK(binding != 0);
    return binding;
}

static int same(const char *wanted, const char *text)
{
    return wanted == NULL || (text != NULL && strcmp(wanted, text) == 0);
}

static const pusher_event *find(recorder *self, int32_t kind, const char *channel,
                                const char *name, size_t n)
{
    for (size_t i = 0; i < self->count; i++) {
        const pusher_event *event = self->events[i];
        if (event->kind == kind && same(channel, event->channel) && same(name, event->name) &&
            --n == 0) {
            return event;
        }
    }
    return NULL;
}

static void print_events(recorder *self)
{
    for (size_t i = 0; i < self->count; i++) {
        const pusher_event *event = self->events[i];
        fprintf(stderr, "  kind %d %s %s %s, code %d, request %u, state %d: %s\n", (int)event->kind,
                event->name, event->channel != NULL ? event->channel : "-",
                pusher_status_name(event->status), (int)event->code, (unsigned)event->request,
                (int)event->state, event->data != NULL ? event->data : "-");
    }
}

const pusher_event *recorder_wait(const char *file, int line, recorder *self, int32_t kind,
                                  const char *channel, const char *name, size_t n)
{
    struct timespec deadline;
    const pusher_event *found;
    deadline_in(&deadline, PATIENCE_S);
    pthread_mutex_lock(&self->lock);
    while ((found = find(self, kind, channel, name, n)) == NULL) {
        if (pthread_cond_timedwait(&self->changed, &self->lock, &deadline) == ETIMEDOUT) {
            print_events(self);
            fail_at(file, line, "no event of kind %d, channel %s, name %s (%u times)", (int)kind,
                    channel != NULL ? channel : "-", name != NULL ? name : "-", (unsigned)n);
        }
    }
    pthread_mutex_unlock(&self->lock);
    return found;
}

size_t recorder_count(recorder *self, int32_t kind, const char *channel, const char *name)
{
    size_t n = 0;
    pthread_mutex_lock(&self->lock);
    while (find(self, kind, channel, name, n + 1) != NULL) {
        n++;
    }
    pthread_mutex_unlock(&self->lock);
    return n;
}

static const pusher_event *find_completed(recorder *self, pusher_request request)
{
    for (size_t i = 0; i < self->count; i++) {
        if (self->events[i]->kind == PUSHER_EVENT_COMPLETED &&
            self->events[i]->request == request) {
            return self->events[i];
        }
    }
    return NULL;
}

const pusher_event *recorder_completed(const char *file, int line, recorder *self,
                                       pusher_request request)
{
    struct timespec deadline;
    const pusher_event *found;
    deadline_in(&deadline, PATIENCE_S);
    pthread_mutex_lock(&self->lock);
    while ((found = find_completed(self, request)) == NULL) {
        if (pthread_cond_timedwait(&self->changed, &self->lock, &deadline) == ETIMEDOUT) {
            print_events(self);
            fail_at(file, line, "request %u is not completed", (unsigned)request);
        }
    }
    pthread_mutex_unlock(&self->lock);
    CHECK(strcmp(found->name, "pusher:completed") == 0);
    return found;
}

size_t recorder_completions(recorder *self, pusher_request request)
{
    size_t n = 0;
    pthread_mutex_lock(&self->lock);
    for (size_t i = 0; i < self->count; i++) {
        n += self->events[i]->kind == PUSHER_EVENT_COMPLETED &&
             self->events[i]->request == request;
    }
    pthread_mutex_unlock(&self->lock);
    return n;
}

void recorder_wait_drops(recorder *self, int drops)
{
    struct timespec deadline;
    deadline_in(&deadline, PATIENCE_S);
    pthread_mutex_lock(&self->lock);
    while (self->drops < drops) {
        CHECK(pthread_cond_timedwait(&self->changed, &self->lock, &deadline) != ETIMEDOUT);
    }
    CHECK(self->drops == drops);
    pthread_mutex_unlock(&self->lock);
}

/* Gates --------------------------------------------------------------------------------------- */

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

void wait_for_threads(const char *prefix, int count)
{
    struct timespec moment = {0, 2 * 1000 * 1000};
    for (int i = 0; i < 2000 && threads_named(prefix) != count; i++) {
        /* Nothing tells when the kernel has cleared a joined thread away: so look again. */
        nanosleep(&moment, NULL);
    }
    if (threads_named(prefix) != count) {
        FAIL("%d threads are named %s..., and not %d", threads_named(prefix), prefix, count);
    }
}
