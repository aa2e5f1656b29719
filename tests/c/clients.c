/*
 * The part of the harness that calls the library: checks of a status, clients, and the recorder.
 */
#include "harness.h"

#include <errno.h>
#include <time.h>

/* Checks -------------------------------------------------------------------------------------- */

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
    static const char *const secrets[] = {
        SECRET, WRONG_SECRET, TOKEN, SERVER_MASTER_KEY, MASTER_KEY, PROXY_PASSWORD, CLIENT_KEY_TEXT,
    };
    for (size_t i = 0; text != NULL && i < sizeof secrets / sizeof secrets[0]; i++) {
        if (strstr(text, secrets[i]) != NULL) {
            return 1;
        }
    }
    return 0;
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

/* Clients ------------------------------------------------------------------------------------- */

static void *dispatch_for_ever(void *queue)
{
    int32_t status;
    do {
        status = pusher_queue_dispatch((pusher_queue *)queue, 16, -1, NULL);
    } while (status == PUSHER_OK);
    FAIL("a thread that dispatches was told %s", pusher_status_name(status));
    return NULL;
}

static pusher_queue *asked_queue;

/* Several threads, since a test may hold a callback back. */
static void start_asking(void)
{
    CHECK_OK(pusher_queue_new(&asked_queue));
    for (int i = 0; i < 4; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, dispatch_for_ever, asked_queue) == 0);
        CHECK(pthread_detach(thread) == 0);
    }
}

void deliver_as_asked(pusher_config *config)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const char *delivery = getenv("PUSHERWS_DELIVERY");
    if (delivery == NULL || strcmp(delivery, "thread") == 0) {
        return;
    }
    if (strcmp(delivery, "inline") == 0) {
        CHECK_OK(pusher_config_set_delivery(config, PUSHER_DELIVER_INLINE));
        return;
    }
    CHECK(strcmp(delivery, "poll") == 0);
    CHECK(pthread_once(&once, start_asking) == 0);
    CHECK_OK(pusher_config_set_shared_queue(config, asked_queue));
}

pusher_config *new_config(void)
{
    pusher_config *config = pusher_config_new("app-key");
    CHECK(config != NULL);
    deliver_as_asked(config);
    CHECK_OK(pusher_config_set_host(config, "127.0.0.1"));
    CHECK_OK(pusher_config_set_port(config, server_port()));
    CHECK_OK(pusher_config_set_tls(config, 0));
    CHECK_OK(pusher_config_set_secret(config, SECRET));
    CHECK_OK(pusher_config_set_backoff(config, 1, 20));
    return config;
}

pusher_config *new_tls_config(void)
{
    pusher_config *config = new_config();
    CHECK_OK(pusher_config_set_tls(config, 1));
    CHECK_OK(pusher_config_add_ca_file(config, server_ca_file()));
    return config;
}

/* Makes a client of a config, which is freed. */
static pusher_client *client_of(pusher_config *config, const char *user_id)
{
    pusher_client *client = NULL;
    CHECK_OK(pusher_config_set_presence_user(config, user_id, NULL));
    CHECK_OK(pusher_client_new(config, &client));
    CHECK_OK(pusher_config_free(config));
    return client;
}

pusher_client *new_client_with_secret(const char *user_id, const char *secret)
{
    pusher_config *config = new_config();
    CHECK_OK(pusher_config_set_secret(config, secret));
    return client_of(config, user_id);
}

pusher_client *new_tls_client(const char *user_id)
{
    return client_of(new_tls_config(), user_id);
}

pusher_client *new_client(const char *user_id)
{
    return new_client_with_secret(user_id, SECRET);
}

pusher_config *stale_config(void)
{
    pusher_config *config = pusher_config_new("stale");
    CHECK(config != NULL);
    CHECK_OK(pusher_config_free(config));
    return config;
}

pusher_client *stale_client(void)
{
    pusher_client *client = new_client("stale");
    CHECK_OK(pusher_client_free(client));
    return client;
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

/* Setters ------------------------------------------------------------------------------------- */

void check_text_setter(text_setter set, const char *good, const char *bad, const char *word)
{
    pusher_config *config = pusher_config_new("app-key");
    CHECK_OK(set(config, good));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, word, set(config, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, word, set(config, NOT_UTF8));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, word, set(config, bad));
    CHECK_OK(set(config, good));
    CHECK_OK(pusher_config_free(config));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", set(config, good));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", set(NULL, good));
}

void check_time_setter(time_setter set, const char *word)
{
    pusher_config *config = pusher_config_new("app-key");
    CHECK_OK(set(config, 1));
    CHECK_OK(set(config, 86400000));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, word, set(config, 0));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, word, set(config, -1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, word, set(config, 86400001));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, word, set(config, INT32_MIN));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, word, set(config, INT32_MAX));
    CHECK_OK(pusher_config_free(config));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", set(config, 1));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", set(NULL, 1));
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
    CHECK(event->data == NULL || strstr(event->data, "\"auth\":\"app-key") == NULL);
    CHECK(event->socket_id == NULL ? event->socket_id_len == 0
                                   : event->socket_id[event->socket_id_len] == '\0');
}

static void record(const pusher_event *event, void *user_data)
{
    recorder *self = (recorder *)user_data;
    pusher_event *copy;
    pthread_mutex_lock(&self->lock);
    CHECK(self->running == 0 && self->drops < self->binds);
    self->running = 1;
    pthread_mutex_unlock(&self->lock);
    copy = pusher_event_clone(event);
    check_event(event);
    check_event(copy);
    pthread_mutex_lock(&self->lock);
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
    pthread_mutex_lock(&self->lock);
    self->binds++;
    pthread_mutex_unlock(&self->lock);
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
