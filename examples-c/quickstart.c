/*
 * quickstart: connects, binds, subscribes, publishes, pings and closes, and tells what happens.
 *
 * Ann and Ben are two clients in one program. Ann reads the news on a public channel; then she
 * enters a presence channel, sees Ben come, and they greet each other with client events. The exit
 * status is 0 only if all of it has really been seen.
 *
 * Compile:  cc quickstart.c -o quickstart $(pkg-config --cflags --libs pusherws) -pthread
 *      or:  cc quickstart.c -o quickstart -Ipath/to/include -Lpath/to/library -lpusherws -pthread
 * Run:      PUSHER_KEY=... PUSHER_CLUSTER=eu PUSHER_SECRET=... ./quickstart
 *           (common.h has the other settings; the application must allow client events)
 *      or:  make demo, which needs no account: it starts a server of its own.
 *
 * With PUSHER_DEMO_TRIGGER=1 it also waits for an event that somebody else publishes on demo-news.
 */
#define _POSIX_C_SOURCE 200809L /* threads and signals, also with -std=c99 */

#include "common.h"
#include "waiting.h"

#include <string.h>

#define NEWS "demo-news"
#define ROOM "presence-demo"
#define PATIENCE_S 15
#define PATIENCE_MS (PATIENCE_S * 1000)

/* What has to be seen; main waits for these, and says in the end which are missing. */
enum sight {
    CONNECTED,
    SUBSCRIBED,
    MEMBERS,
    JOINED,
    BEN_HEARD,
    ANN_HEARD,
    PONG,
    NEWS_CAME,
    CLOSED,
    SIGHTS
};

static const char *const sight_names[SIGHTS] = {
    "a connection",
    "the subscription of " NEWS,
    "the members of " ROOM,
    "Ben joining " ROOM,
    "Ben receiving Ann's event",
    "Ann receiving Ben's event",
    "the answer to a ping",
    "an event on " NEWS,
    "the end",
};
static bool seen[SIGHTS];

/* Every event of both clients comes here; user_data says whose. Each client has its own thread. */
static void on_event(const pusher_event *event, void *user_data)
{
    const char *who = user_data;
    bool ann = strcmp(who, "Ann") == 0;

    switch (event->kind) {
    case PUSHER_EVENT_MESSAGE:
        printf("  %s received '%s' on %s from %s: %s\n", who, event->name, event->channel,
               event->user_id != NULL ? event->user_id : "the server",
               event->data != NULL ? event->data : "(no data)");
        if (strcmp(event->channel, NEWS) == 0) {
            set_flag(&seen[NEWS_CAME]);
        } else if (strcmp(event->name, "client-hello") == 0) {
            set_flag(&seen[ann ? ANN_HEARD : BEN_HEARD]);
        }
        break;
    case PUSHER_EVENT_MEMBER_ADDED:
        printf("  %s sees %s join %s, with %s\n", who, event->user_id, event->channel,
               event->data != NULL ? event->data : "no info");
        if (ann && strcmp(event->user_id, "ben") == 0) {
            set_flag(&seen[JOINED]);
        }
        break;
    case PUSHER_EVENT_MEMBER_REMOVED:
        printf("  %s sees %s leave %s\n", who, event->user_id, event->channel);
        break;
    case PUSHER_EVENT_ERROR:
        printf("  %s is told of an error: %s (%s, code %d)\n", who, event->data,
               pusher_status_name(event->status), (int)event->code);
        break;
    case PUSHER_EVENT_COMPLETED:
        if (event->status == PUSHER_OK && event->value > 0) { /* only a ping's has a value */
            printf("  the answer came after %.3f ms\n", (double)event->value / 1000.0);
            set_flag(&seen[PONG]);
        }
        break;
    default: /* later versions add kinds */
        break;
    }
    fflush(stdout);
}

static pusher_client *new_client(pusher_config *config, const char *name, const char *user_id,
                                 const char *user_info)
{
    /* The library never writes to user_data, so that handing it a constant is fine. */
    pusher_callback callback = {on_event, NULL, (void *)name};
    pusher_client *client = NULL;

    int32_t status = pusher_config_set_presence_user(config, user_id, user_info);
    if (status == PUSHER_OK) {
        status = pusher_client_new(config, &client);
    }
    if (status == PUSHER_OK) {
        status = pusher_client_bind(client, NULL, NULL, &callback, NULL);
    }
    if (status != PUSHER_OK) {
        complain("No client", status);
    }
    return client;
}

/* Waits for a request that was just made; prints why, where it has failed. */
static bool done(const char *what, pusher_client *client, int32_t status, pusher_request request)
{
    if (status == PUSHER_OK) {
        status = pusher_client_wait(client, request, PATIENCE_MS);
    }
    if (status != PUSHER_OK) {
        complain(what, status);
    }
    return status == PUSHER_OK;
}

static bool connect_client(const char *name, pusher_client *client)
{
    pusher_request request = 0;
    printf("%s connects\n", name);
    int32_t status = pusher_client_connect(client, &request);
    if (!done("Cannot connect", client, status, request)) {
        return false;
    }
    char socket_id[70];
    if (pusher_client_socket_id(client, socket_id, sizeof socket_id, NULL) != PUSHER_OK) {
        return false; /* lost again already */
    }
    printf("  %s is connected, with socket id %s\n", name, socket_id);
    return true;
}

static bool subscribe(const char *name, pusher_client *client, const char *channel)
{
    pusher_request request = 0;
    printf("%s subscribes to %s\n", name, channel);
    int32_t status = pusher_client_subscribe(client, channel, NULL, &request);
    if (!done("Cannot subscribe", client, status, request)) {
        return false;
    }
    printf("  %s is subscribed to %s\n", name, channel);
    return true;
}

static bool print_members(pusher_client *client)
{
    pusher_members *members = NULL;
    int32_t status = pusher_client_members(client, ROOM, &members);
    if (status != PUSHER_OK) {
        complain("No list of members", status);
        return false;
    }
    printf("Members of %s:", ROOM);
    for (size_t i = 0; i < pusher_members_count(members); i++) {
        const pusher_member *member = pusher_members_at(members, i);
        printf(" %s %s%s", member->user_id, member->user_info != NULL ? member->user_info : "",
               member->is_me ? " (me)" : "");
    }
    putchar('\n');
    bool me = pusher_members_me(members) != NULL;
    pusher_members_free(members);
    return me;
}

static bool publish(const char *name, pusher_client *client, const char *json)
{
    pusher_request request = 0;
    printf("%s publishes 'client-hello' on %s\n", name, ROOM);
    int32_t status =
        pusher_client_publish(client, ROOM, "client-hello", json, strlen(json), &request);
    return done("Cannot publish", client, status, request);
}

static bool ping(const char *name, pusher_client *client)
{
    pusher_request request = 0;
    printf("%s pings the server\n", name);
    int32_t status = pusher_client_ping(client, &request);
    return done("No answer", client, status, request);
}

/* The whole story. Stops at the first thing that does not happen. */
static bool tell(pusher_client *ann, pusher_client *ben)
{
    if (!connect_client("Ann", ann)) {
        return false;
    }
    seen[CONNECTED] = true;

    if (!subscribe("Ann", ann, NEWS)) {
        return false;
    }
    seen[SUBSCRIBED] = true;

    if (!subscribe("Ann", ann, ROOM) || !print_members(ann)) {
        return false;
    }
    seen[MEMBERS] = true;

    if (!connect_client("Ben", ben) || !subscribe("Ben", ben, ROOM) ||
        !wait_for_flag(&seen[JOINED], PATIENCE_S) || !print_members(ann)) {
        return false;
    }
    if (!publish("Ann", ann, "{\"text\":\"Hello Ben\"}") ||
        !wait_for_flag(&seen[BEN_HEARD], PATIENCE_S)) {
        return false;
    }
    if (!publish("Ben", ben, "{\"text\":\"Hello Ann\"}") ||
        !wait_for_flag(&seen[ANN_HEARD], PATIENCE_S)) {
        return false;
    }
    if (!ping("Ann", ann) || !wait_for_flag(&seen[PONG], PATIENCE_S)) {
        return false;
    }
    if (!wait_for_flag(&seen[NEWS_CAME], 0)) {
        printf("waiting for an event on %s\n", NEWS);
        fflush(stdout); /* the one who publishes it may be waiting for this line */
        return wait_for_flag(&seen[NEWS_CAME], PATIENCE_S);
    }
    return true;
}

int main(void)
{
    pusher_config *config = config_from_environment();
    if (config == NULL) {
        return 1;
    }
    const char *trigger = getenv("PUSHER_DEMO_TRIGGER");
    seen[NEWS_CAME] = trigger == NULL || strcmp(trigger, "1") != 0; /* then nobody publishes any */

    pusher_client *ann = new_client(config, "Ann", "ann", "{\"name\":\"Ann\"}");
    pusher_client *ben = new_client(config, "Ben", "ben", "{\"name\":\"Ben\"}");
    pusher_config_free(config);

    if (ann != NULL && ben != NULL && tell(ann, ben)) {
        puts("Both say goodbye");
        /* Ben first; what Ann still hears of it is not lost: close waits for her callbacks. */
        seen[CLOSED] = pusher_client_close(ben, PATIENCE_MS) == PUSHER_OK &&
                       pusher_client_close(ann, PATIENCE_MS) == PUSHER_OK;
    }
    pusher_client_free(ann); /* NULL is fine */
    pusher_client_free(ben);

    /* No callback runs any more: no lock needed. */
    int missing = 0;
    for (int i = 0; i < SIGHTS; i++) {
        if (!seen[i]) {
            fprintf(stderr, "not seen: %s\n", sight_names[i]);
            missing++;
        }
    }
    puts(missing == 0 ? "Everything was seen." : "Not everything was seen.");
    return missing == 0 ? 0 : 1;
}
