/*
 * Numbers, text for Prometheus, a dump, and the log.
 */
#include "example.h"

//! [log]
static void on_line(const pusher_event *event, void *user_data)
{
    fprintf((FILE *)user_data, "%d %s\n", (int)event->value, event->data); /* level, line */
}
//! [log]

static pusher_client *connected(void)
{
    pusher_config *config = embedded_server();
    pusher_client *client = NULL;
    //! [log_level]
    pusher_config_set_log_level(config, PUSHER_LOG_INFO);
    //! [log_level]
    must(pusher_client_new(config, &client));
    must(pusher_config_free(config));
    pusher_callback callback = {on_line, NULL, stderr};
    must(pusher_client_bind(client, NULL, "pusher:log", &callback, NULL));
    pusher_request request = 0;
    must(pusher_client_connect(client, NULL));
    must(pusher_client_subscribe(client, "prices", NULL, &request));
    finish(client, request);
    must(pusher_client_ping(client, &request));
    finish(client, request);
    return client;
}

static void metrics(pusher_client *client)
{
    //! [metrics]
    pusher_metrics *metrics = NULL;
    if (pusher_client_metrics(client, &metrics) == PUSHER_OK) {
        const pusher_totals *totals = pusher_metrics_totals(metrics);
        printf("%" PRIu64 " messages, %" PRIu64 " wait, ping %" PRIu64 " us\n", totals->messages,
               totals->queue_depth, totals->ping_p50_us);

        uint64_t errors = 0, lost = 0, failed = 0;
        pusher_metrics_events(metrics, PUSHER_EVENT_ERROR, &errors);
        pusher_metrics_losses(metrics, PUSHER_CAUSE_TIMEOUT, &lost);
        pusher_metrics_failed_tries(metrics, PUSHER_CAUSE_TLS, &failed);
        printf("%" PRIu64 " errors, %" PRIu64 " connections fell silent, %" PRIu64
               " certificates not trusted\n",
               errors, lost, failed);
        pusher_metrics_free(metrics);
    }
    //! [metrics]

    must(pusher_client_metrics(client, &metrics));
    //! [metrics_channels]
    for (size_t i = 0; i < pusher_metrics_channel_count(metrics); i++) {
        const pusher_channel_metrics *channel = pusher_metrics_channel_at(metrics, i);
        printf("%s: %" PRIu64 " messages\n", channel->name, channel->messages);
    }
    const pusher_channel_metrics *prices = pusher_metrics_channel(metrics, "prices");
    if (prices != NULL && prices->last_ms == 0) {
        puts("no price has come yet");
    }
    //! [metrics_channels]
    expect(prices != NULL, "prices is wanted");
    must(pusher_metrics_free(metrics));
}

static void texts(pusher_client *client)
{
    //! [prometheus]
    char text[16384]; /* or as long as it says, where the channels are many */
    size_t length = 0;
    if (pusher_client_prometheus(client, "main", text, sizeof text, &length) == PUSHER_OK) {
        fwrite(text, 1, length, stdout); /* the answer to GET /metrics */
    }
    //! [prometheus]

    //! [dump]
    char dump[65536];
    if (pusher_client_dump(client, dump, sizeof dump, NULL) == PUSHER_OK) {
        puts(dump); /* for a support ticket: no secrets, but names of hosts and channels */
    }
    //! [dump]
    expect(strstr(dump, "app-secret") == NULL, "the dump holds no secret");
}

static void drops(pusher_client *client)
{
    //! [dropped]
    uint64_t dropped = 0;
    if (pusher_client_dropped(client, &dropped) == PUSHER_OK && dropped > 0) {
        fprintf(stderr, "%" PRIu64 " messages were dropped: callbacks are too slow\n", dropped);
    }
    //! [dropped]
}

int main(void)
{
    pusher_client *client = connected();
    metrics(client);
    texts(client);
    drops(client);
    must(pusher_client_close(client, 30000));
    must(pusher_client_free(client));
    return 0;
}
