/*
 * Seeing inside: metrics, the same as text for Prometheus, dumps, and the log.
 */
#include "support.h"

/* Text of a client, to be freed; grown until it fits, as the header says. */
static char *prometheus_of(pusher_client *client, const char *name)
{
    size_t length = 0, capacity = 0;
    char *text = NULL;
    while (pusher_client_prometheus(client, name, text, capacity, &length) ==
           PUSHER_ERR_TOO_LARGE) {
        capacity = length + 64;
        text = (char *)realloc(text, capacity);
        CHECK(text != NULL);
    }
    CHECK(text != NULL && strlen(text) == length);
    CHECK(!holds_secret(text));
    return text;
}

/* The same for the dump. */
static char *dump_of(pusher_client *client)
{
    size_t length = 0, capacity = 0;
    char *text = NULL;
    while (pusher_client_dump(client, text, capacity, &length) == PUSHER_ERR_TOO_LARGE) {
        capacity = length + 64;
        text = (char *)realloc(text, capacity);
        CHECK(text != NULL);
    }
    CHECK(text != NULL && strlen(text) == length);
    CHECK(text[0] == '{' && text[length - 1] == '}');
    CHECK(!holds_secret(text));
    return text;
}

static void check_dump(pusher_client *client, const char *part)
{
    char *text = dump_of(client);
    if (strstr(text, part) == NULL) {
        FAIL("%s is not in %s", part, text);
    }
    free(text);
}

static uint64_t events_of(pusher_metrics *metrics, int32_t kind)
{
    uint64_t count = UINT64_MAX;
    CHECK_OK(pusher_metrics_events(metrics, kind, &count));
    return count;
}

static void a_client_that_has_done_nothing(void)
{
    pusher_client *client = new_client("ann");
    pusher_metrics *metrics = NULL;
    const pusher_totals *totals;

    CHECK_OK(pusher_client_metrics(client, &metrics));
    totals = pusher_metrics_totals(metrics);
    CHECK(totals != NULL && totals->size == sizeof(pusher_totals));
    CHECK(totals->state == PUSHER_STATE_INITIALIZED && totals->connected_since_ms == 0);
    CHECK(totals->events == 0 && totals->frames_in == 0 && totals->tries == 0);
    CHECK(totals->pongs == 0 && totals->ping_p99_us == 0);
    CHECK(pusher_metrics_channel_count(metrics) == 0);
    CHECK(pusher_metrics_channel_at(metrics, 0) == NULL);
    CHECK(pusher_metrics_channel(metrics, "news") == NULL);
    CHECK_OK(pusher_metrics_free(metrics));
    CHECK_OK(pusher_client_free(client));
}

static void what_has_happened(void)
{
    pusher_client *client = new_client("ann");
    pusher_metrics *metrics = NULL;
    const pusher_totals *totals;
    const pusher_channel_metrics *channel;
    recorder *events = recorder_new();
    uint64_t count = 0;

    recorder_bind(events, client, NULL, NULL);
    connect_client(client);
    subscribe_channel(client, "news");
    subscribe_channel(client, "private-a");
    order("publish", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"12345\"}");
    order("publish", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"123\"}");
    WAIT_EVENT(events, PUSHER_EVENT_MESSAGE, "news", "e", 2);
    ping_server(client);

    CHECK_OK(pusher_client_metrics(client, &metrics));
    totals = pusher_metrics_totals(metrics);
    CHECK(totals->state == PUSHER_STATE_CONNECTED && totals->connected_since_ms > 1600000000000u);
    CHECK(totals->messages == 2 && totals->events > totals->messages && totals->dropped == 0);
    CHECK(totals->frames_in >= 5 && totals->bytes_in > 100);
    CHECK(totals->frames_out >= 3 && totals->bytes_out > 100);
    CHECK(totals->tries == 1 && totals->connects == 1);
    CHECK(totals->losses == 0 && totals->failed_tries == 0);
    CHECK(totals->pongs == 1 && totals->ping_last_us == totals->ping_max_us);
    CHECK(totals->ping_min_us <= totals->ping_p50_us && totals->ping_p50_us <= totals->ping_p90_us);
    CHECK(totals->ping_p90_us <= totals->ping_p99_us && totals->ping_p99_us <= totals->ping_max_us);
    CHECK(events_of(metrics, PUSHER_EVENT_MESSAGE) == 2);
    CHECK(events_of(metrics, PUSHER_EVENT_SUBSCRIBED) == 2);
    CHECK(events_of(metrics, PUSHER_EVENT_COMPLETED) == 4);

    CHECK(pusher_metrics_channel_count(metrics) == 2);
    channel = pusher_metrics_channel_at(metrics, 0);
    CHECK(channel->size == sizeof(pusher_channel_metrics));
    CHECK(channel->state == PUSHER_CHANNEL_STATE_SUBSCRIBED);
    CHECK(strcmp(channel->name, "news") == 0 && channel->name_len == 4);
    CHECK(channel->messages == 2 && channel->bytes == 8 && channel->last_ms > 1600000000000u);
    CHECK(pusher_metrics_channel(metrics, "news") == channel);
    channel = (const pusher_channel_metrics *)((const char *)channel + channel->size);
    CHECK(channel == pusher_metrics_channel_at(metrics, 1));
    CHECK(strcmp(channel->name, "private-a") == 0 && channel->messages == 0);
    CHECK(pusher_metrics_channel_at(metrics, 2) == NULL);
    CHECK(pusher_metrics_channel_at(metrics, SIZE_MAX) == NULL);
    CHECK(pusher_metrics_channel(metrics, "elsewhere") == NULL);

    order("close", "{\"code\":4200}");
    WAIT_EVENT(events, PUSHER_EVENT_SUBSCRIBED, "news", NULL, 2);
    CHECK(pusher_metrics_totals(metrics)->losses == 0); /* it is a snapshot */
    CHECK_OK(pusher_metrics_free(metrics));
    CHECK_OK(pusher_client_metrics(client, &metrics));
    CHECK(pusher_metrics_totals(metrics)->losses == 1);
    CHECK(pusher_metrics_totals(metrics)->connects == 2);
    CHECK_OK(pusher_metrics_losses(metrics, PUSHER_CAUSE_CLOSE_RECONNECT, &count));
    CHECK(count == 1);
    CHECK_OK(pusher_metrics_losses(metrics, PUSHER_CAUSE_NETWORK, &count));
    CHECK(count == 0);
    CHECK_OK(pusher_metrics_failed_tries(metrics, PUSHER_CAUSE_NETWORK, &count));
    CHECK(count == 0);

    /* It outlives its client, and a closed client still tells. */
    CHECK_OK(pusher_metrics_free(metrics));
    CHECK_OK(pusher_client_close(client, PATIENCE_MS));
    CHECK_OK(pusher_client_metrics(client, &metrics));
    end_client(client, events);
    CHECK(pusher_metrics_totals(metrics)->state == PUSHER_STATE_DISCONNECTED);
    CHECK(strcmp(pusher_metrics_channel_at(metrics, 1)->name, "private-a") == 0);
    CHECK_OK(pusher_metrics_free(metrics));
}

static void metrics_arguments(void)
{
    pusher_client *client = new_client("ann");
    pusher_metrics *const untouched = (pusher_metrics *)(uintptr_t)7;
    pusher_metrics *metrics = untouched;
    uint64_t count = 77;

    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "metrics", pusher_client_metrics(client, NULL));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "client", pusher_client_metrics(NULL, &metrics));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "client", pusher_client_metrics(stale_client(), &metrics));
    CHECK(metrics == untouched);

    CHECK_OK(pusher_client_metrics(client, &metrics));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "kind", pusher_metrics_events(metrics, 0, &count));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "kind", pusher_metrics_events(metrics, INT32_MAX, &count));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "cause", pusher_metrics_losses(metrics, -1, &count));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "cause", pusher_metrics_failed_tries(metrics, 11, &count));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "count", pusher_metrics_events(metrics, 1, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "count", pusher_metrics_losses(metrics, 0, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "count", pusher_metrics_failed_tries(metrics, 0, NULL));
    CHECK(pusher_metrics_channel(metrics, NULL) == NULL);
    CHECK(pusher_metrics_channel(metrics, NOT_UTF8) == NULL);

    CHECK_OK(pusher_metrics_free(NULL));
    CHECK_OK(pusher_metrics_free(metrics));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "metrics", pusher_metrics_free(metrics));
    for (int i = 0; i < 2; i++) {
        CHECK(pusher_metrics_totals(metrics) == NULL);
        CHECK_ERROR(PUSHER_ERR_HANDLE, "metrics", pusher_metrics_events(metrics, 1, &count));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "metrics", pusher_metrics_losses(metrics, 0, &count));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "metrics", pusher_metrics_failed_tries(metrics, 0, &count));
        CHECK(pusher_metrics_channel_count(metrics) == 0);
        CHECK(pusher_metrics_channel_at(metrics, 0) == NULL);
        CHECK(pusher_metrics_channel(metrics, "a") == NULL);
        metrics = NULL;
    }
    CHECK(count == 77);
    CHECK_OK(pusher_client_free(client));
}

static void prometheus(void)
{
    pusher_client *client = new_client("ann");
    char small[8] = "unset", long_name[256];
    size_t length = 0;
    char *text;

    connect_client(client);
    subscribe_channel(client, "news");
    text = prometheus_of(client, NULL);
    CHECK(strstr(text, "# TYPE pusher_connects_total counter\npusher_connects_total 1\n") != NULL);
    CHECK(strstr(text, "\npusher_state{state=\"connected\"} 1\n") != NULL);
    CHECK(strstr(text, "\npusher_channel_messages_total{channel=\"news\"} 0\n") != NULL);
    free(text);
    text = prometheus_of(client, "a \"b\" \\c");
    CHECK(strstr(text, "\npusher_connects_total{client=\"a \\\"b\\\" \\\\c\"} 1\n") != NULL);
    free(text);

    CHECK_ERROR(PUSHER_ERR_TOO_LARGE, "bytes",
                pusher_client_prometheus(client, NULL, small, sizeof small, &length));
    CHECK(strcmp(small, "unset") == 0 && length > sizeof small);
    CHECK_STATUS(PUSHER_ERR_TOO_LARGE, pusher_client_prometheus(client, NULL, small, 0, NULL));
    CHECK(strcmp(small, "unset") == 0);
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "buffer",
                pusher_client_prometheus(client, NULL, NULL, 100, &length));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name",
                pusher_client_prometheus(client, NOT_UTF8, small, sizeof small, &length));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name",
                pusher_client_prometheus(client, "a\nb", small, sizeof small, &length));
    memset(long_name, 'x', sizeof long_name);
    long_name[201] = '\0';
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name",
                pusher_client_prometheus(client, long_name, small, sizeof small, &length));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "client",
                pusher_client_prometheus(stale_client(), NULL, small, sizeof small, &length));
    CHECK_OK(pusher_client_free(client));
}

static void dumps(void)
{
    pusher_client *client = new_client_with_secret("ann", WRONG_SECRET);
    char small[8] = "unset";
    size_t length = 0;
    pusher_request request = 0;

    check_dump(client, "\"version\": \"" PUSHER_VERSION "\"");
    check_dump(client, "\"phase\": \"idle\"");
    connect_client(client);
    check_dump(client, "\"phase\": \"established\"");
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, &request));
    CHECK(pusher_client_wait(client, request, PATIENCE_MS) != PUSHER_OK);
    check_dump(client, "\"state\": \"refused\"");
    check_dump(client, "\"kind\": \"subscription_error\"");
    CHECK_OK(pusher_client_close(client, PATIENCE_MS));
    check_dump(client, "\"closed\": true");

    CHECK_ERROR(PUSHER_ERR_TOO_LARGE, "bytes",
                pusher_client_dump(client, small, sizeof small, &length));
    CHECK(strcmp(small, "unset") == 0 && length > sizeof small);
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "buffer", pusher_client_dump(client, NULL, 9, &length));
    CHECK_OK(pusher_client_free(client));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "client",
                pusher_client_dump(stale_client(), small, sizeof small, &length));
}

static void logs(void)
{
    static const int32_t levels[] = {PUSHER_LOG_OFF,  PUSHER_LOG_ERROR, PUSHER_LOG_WARN,
                                     PUSHER_LOG_INFO, PUSHER_LOG_DEBUG, PUSHER_LOG_TRACE};
    pusher_config *config = new_config();
    recorder *lines = recorder_new();
    recorder *events = recorder_new();
    pusher_client *client = NULL;
    const pusher_event *line;

    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "level", pusher_config_set_log_level(config, -1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "level", pusher_config_set_log_level(config, 6));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_log_level(stale_config(), 1));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_log_level(NULL, 1));
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        CHECK_OK(pusher_config_set_log_level(config, levels[i]));
    }
    CHECK_OK(pusher_client_new(config, &client));
    CHECK_OK(pusher_config_free(config));
    recorder_bind(lines, client, NULL, "pusher:log");
    recorder_bind(events, client, NULL, NULL);
    connect_client(client);
    subscribe_channel(client, "private-a");
    ping_server(client);
    CHECK_OK(pusher_client_close(client, PATIENCE_MS));
    /* The recorder looks for secrets itself; here are none, and these are lines. */
    line = WAIT_EVENT(lines, PUSHER_EVENT_LOG, "private-a", "pusher:log", 1);
    CHECK(line->value >= PUSHER_LOG_INFO && line->data_len == strlen(line->data));
    for (size_t i = 0; i < lines->count; i++) {
        CHECK(lines->events[i]->kind == PUSHER_EVENT_LOG && lines->events[i]->status == PUSHER_OK);
        CHECK(!holds_secret(lines->events[i]->data));
    }
    CHECK(lines->count > 10 && recorder_count(events, PUSHER_EVENT_LOG, NULL, NULL) == 0);
    CHECK_OK(pusher_client_free(client));
    recorder_free(lines);
    recorder_free(events);
}

static gate called = GATE_INITIALIZER;

/* None of them waits for a callback, so they may be called in one. */
static void look(const pusher_event *event, void *user_data)
{
    pusher_client *client = (pusher_client *)user_data;
    pusher_metrics *metrics = NULL;
    CHECK_OK(pusher_client_metrics(client, &metrics));
    CHECK(pusher_metrics_totals(metrics)->messages == 1);
    CHECK_OK(pusher_metrics_free(metrics));
    free(prometheus_of(event->client, "me"));
    check_dump(client, "\"phase\": \"established\"");
    gate_add(&called, 1);
}

static void in_a_callback(void)
{
    pusher_client *client = new_client("ann");
    pusher_callback callback = {look, NULL, client};
    CHECK_OK(pusher_client_bind(client, "news", "e", &callback, NULL));
    connect_client(client);
    subscribe_channel(client, "news");
    order("publish", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"1\"}");
    CHECK(gate_reaches(&called, 1));
    CHECK_OK(pusher_client_free(client));
}

static const test tests[] = {
    {"a_client_that_has_done_nothing", a_client_that_has_done_nothing},
    {"what_has_happened", what_has_happened},
    {"metrics_arguments", metrics_arguments},
    {"prometheus", prometheus},
    {"dumps", dumps},
    {"logs", logs},
    {"in_a_callback", in_a_callback},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    start_server();
    int failed = run_tests(tests, argc, argv);
    stop_server();
    return failed;
}
