/*
 * FreeLibrary at bad moments, and what a DLL tells about itself. This program is not linked with the library: it loads
 * the one that PUSHERWS_LIBRARY names.
 */
#include "sockets.h"

#include "harness.h"

#include <windows.h>

/* The functions used here, looked up by name. */
static struct {
    pusher_config *(*config_new)(const char *key);
    int32_t (*config_set_host)(pusher_config *config, const char *host);
    int32_t (*config_set_port)(pusher_config *config, int32_t number);
    int32_t (*config_set_tls)(pusher_config *config, int32_t tls);
    int32_t (*config_add_ca_file)(pusher_config *config, const char *path);
    int32_t (*config_set_delivery)(pusher_config *config, int32_t delivery);
    int32_t (*config_free)(pusher_config *config);
    int32_t (*client_new)(const pusher_config *config, pusher_client **client);
    int32_t (*client_bind)(pusher_client *client, const char *channel, const char *event,
                           const pusher_callback *callback, pusher_binding *bound);
    int32_t (*client_connect)(pusher_client *client, pusher_request *request);
    int32_t (*client_subscribe)(pusher_client *client, const char *channel, const char *channel_data,
                                pusher_request *request);
    int32_t (*client_wait)(pusher_client *client, pusher_request request, int32_t timeout_ms);
    int32_t (*client_free)(pusher_client *client);
} api;

#define LOOK_UP(library, name)                                                                     \
    do {                                                                                           \
        void *symbol = look_up(library, "pusher_" #name);                                          \
        CHECK(symbol != NULL);                                                                     \
        memcpy(&api.name, &symbol, sizeof symbol);                                                 \
    } while (0)

static const char *path(void)
{
    const char *library = getenv("PUSHERWS_LIBRARY");
    CHECK(library != NULL);
    return library;
}

static void *load(void)
{
    void *library = load_library(path());
    LOOK_UP(library, config_new);
    LOOK_UP(library, config_set_host);
    LOOK_UP(library, config_set_port);
    LOOK_UP(library, config_set_tls);
    LOOK_UP(library, config_add_ca_file);
    LOOK_UP(library, config_set_delivery);
    LOOK_UP(library, config_free);
    LOOK_UP(library, client_new);
    LOOK_UP(library, client_bind);
    LOOK_UP(library, client_connect);
    LOOK_UP(library, client_subscribe);
    LOOK_UP(library, client_wait);
    LOOK_UP(library, client_free);
    return library;
}

static int is_loaded(void)
{
    return GetModuleHandleA("pusherws.dll") != NULL;
}

static gate calls = GATE_INITIALIZER;
static gate drops = GATE_INITIALIZER;

static void count_call(const pusher_event *event, void *user_data)
{
    (void)user_data;
    if (event->kind == PUSHER_EVENT_MESSAGE) {
        gate_add(&calls, 1);
    }
}

static void count_drop(void *user_data)
{
    (void)user_data;
    gate_add(&drops, 1);
}

static pusher_client *connected(int tls, int32_t delivery, pusher_event_callback call, void *user_data)
{
    pusher_callback callback = {NULL, count_drop, NULL};
    pusher_config *config = api.config_new("app-key");
    pusher_client *client = NULL;
    pusher_request request = 0;
    callback.call = call;
    callback.user_data = user_data;
    CHECK(config != NULL);
    CHECK(api.config_set_host(config, "127.0.0.1") == PUSHER_OK);
    CHECK(api.config_set_port(config, server_port()) == PUSHER_OK);
    CHECK(api.config_set_tls(config, tls) == PUSHER_OK);
    CHECK(api.config_add_ca_file(config, server_ca_file()) == PUSHER_OK);
    CHECK(api.config_set_delivery(config, delivery) == PUSHER_OK);
    CHECK(api.client_new(config, &client) == PUSHER_OK);
    CHECK(api.config_free(config) == PUSHER_OK);
    CHECK(api.client_bind(client, NULL, NULL, &callback, NULL) == PUSHER_OK);
    CHECK(api.client_connect(client, NULL) == PUSHER_OK);
    CHECK(api.client_subscribe(client, "news", NULL, &request) == PUSHER_OK);
    CHECK(api.client_wait(client, request, PATIENCE_MS) == PUSHER_OK);
    return client;
}

/* A library that nobody has used goes: not a thousand times, since Rust's own library then leaves one of the process's
   1088 TLS indexes behind each time. One that was used stays, and costs the program nothing more. */
static void loaded_and_unloaded_many_times(void)
{
    int handles = 0;
    CHECK(!is_loaded());
    for (int round = 0; round < 100; round++) {
        unload_library(load());
        CHECK(!is_loaded());
    }
    for (int round = 0; round < 1000; round++) {
        void *library = load();
        CHECK(api.config_free(api.config_new("app-key")) == PUSHER_OK);
        unload_library(library);
        CHECK(is_loaded());
        if (round == 0) {
            handles = open_descriptors();
        }
    }
    CHECK(open_descriptors() == handles);
}

static void loaded_used_and_unloaded_a_hundred_times(void)
{
    for (int round = 0; round < 100; round++) {
        void *library = load();
        int32_t delivery = round % 3;
        CHECK(api.client_free(connected(round % 10 == 1, delivery, count_call, NULL)) == PUSHER_OK);
        unload_library(library);
        wait_for_threads("pusherws-", 0);
    }
}

/* The program has forgotten its client: that goes on, and its callbacks are called. */
static void unloaded_with_a_live_client(void)
{
    void *library = load();
    long before = gate_get(&calls);
    connected(0, PUSHER_DELIVER_THREAD, count_call, NULL);
    connected(0, PUSHER_DELIVER_INLINE, count_call, NULL);
    unload_library(library);
    for (int i = 1; i <= 20; i++) {
        order("publish", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"1\"}");
        CHECK(gate_reaches(&calls, before + 2 * i));
    }
    /* And so does losing the server, and connecting again. */
    CHECK(order("drop", "{\"how\":\"rst\"}") == 2);
    order("wait", "{\"channel\":\"news\",\"subscriptions\":2,\"timeout_ms\":15000}");
    before = gate_get(&calls);
    order("publish", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"1\"}");
    CHECK(gate_reaches(&calls, before + 2));
}

typedef struct freer {
    pusher_client *client;
    gate freed;
    gate go;
} freer;

static void free_it(const pusher_event *event, void *user_data)
{
    freer *self = (freer *)user_data;
    if (event->kind == PUSHER_EVENT_MESSAGE) {
        CHECK(api.client_free(self->client) == PUSHER_OK);
        gate_set(&self->freed, 1);
        /* The library may be taken away while this callback still runs. */
        CHECK(gate_reaches(&self->go, 1));
    }
}

static void unloaded_right_after_a_free_in_a_callback(void)
{
    for (int round = 0; round < 30; round++) {
        void *library = load();
        long before = gate_get(&drops);
        freer self;
        memset(&self, 0, sizeof self);
        gate_init(&self.freed);
        gate_init(&self.go);
        self.client = connected(0, round % 2 ? PUSHER_DELIVER_THREAD : PUSHER_DELIVER_INLINE, free_it, &self);
        order("publish", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"1\"}");
        CHECK(gate_reaches(&self.freed, 1));
        unload_library(library);
        gate_set(&self.go, 1);
        CHECK(gate_reaches(&drops, before + 1));
        wait_for_threads("pusherws-", 0);
    }
}

/* Freed while a name is looked up: that thread ends when the answer comes. */
static void unloaded_while_a_name_is_looked_up(void)
{
    for (int round = 0; round < 20; round++) {
        void *library = load();
        pusher_config *config = api.config_new("app-key");
        pusher_client *client = NULL;
        CHECK(api.config_set_host(config, "a-name-that-nobody-has.invalid") == PUSHER_OK);
        CHECK(api.client_new(config, &client) == PUSHER_OK);
        CHECK(api.config_free(config) == PUSHER_OK);
        CHECK(api.client_connect(client, NULL) == PUSHER_OK);
        if (round % 2) {
            Sleep(1); /* Another moment than at once. */
        }
        CHECK(api.client_free(client) == PUSHER_OK);
        unload_library(library);
    }
}

static const test tests[] = {
    /* The first, since the library is not in use yet. */
    {"loaded_and_unloaded_many_times", loaded_and_unloaded_many_times},
    {"loaded_used_and_unloaded_a_hundred_times", loaded_used_and_unloaded_a_hundred_times},
    {"unloaded_right_after_a_free_in_a_callback", unloaded_right_after_a_free_in_a_callback},
    {"unloaded_while_a_name_is_looked_up", unloaded_while_a_name_is_looked_up},
    /* The last, since its clients live on. */
    {"unloaded_with_a_live_client", unloaded_with_a_live_client},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    start_server();
    int failed = run_tests(tests, argc, argv);
    if (argc < 2) {
        ExitProcess((UINT)failed); /* with live clients; the server ends with us */
    }
    stop_server();
    return failed;
}
