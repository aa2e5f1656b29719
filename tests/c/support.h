/*
 * What the programs api_*.c and features_*.c share beyond the harness: configs, clients and texts.
 */
#ifndef PUSHERWS_TEST_SUPPORT_H
#define PUSHERWS_TEST_SUPPORT_H

#include "harness.h"

/* Arguments that are good. */
#define AUTH "app-key:0123456789abcdef"
#define USER "{\"id\":\"ann\",\"watchlist\":[\"ben\"]}"
#define MEMBER "{\"user_id\":\"ann\"}"

/* A server as it was at the beginning: no faults, no connections, and nothing demanded. */
void fresh_server(void);

/* For the server, without a secret. */
pusher_config *plain_config(void);
/* The server's own endpoints authorise, for this user. */
pusher_config *endpoint_config(const char *user_id);
/* All that the application's own server may know. */
pusher_config *server_config(const char *user_id);
/* The key and the secret of a test vector. */
pusher_config *keys(const char *key, const char *secret);
/* All that every function needs. */
pusher_config *api_config(void);
pusher_client *api_client(void);

/* Makes a client of a config, which is freed, and records all of its events. */
pusher_client *make_client(pusher_config *config, recorder *events);
void end_client(pusher_client *client, recorder *events);
void wait_for(pusher_client *client, pusher_request request);

/* What the HTTP API answered to a request that has just been made. */
#define CHECK_ANSWER(events, request, part)                                                        \
    do {                                                                                           \
        const pusher_event *done = WAIT_COMPLETED(events, request);                                \
        CHECK(done->status == PUSHER_OK);                                                          \
        if (done->data == NULL || strstr(done->data, part) == NULL) {                              \
            FAIL("%s is not in the answer %s", part, done->data != NULL ? done->data : "(none)");  \
        }                                                                                          \
    } while (0)

/* Takes the text behind `"name":"` out of JSON whose strings need no unescaping. */
void text_of(const char *json, const char *name, char *buffer, size_t capacity);
/* The auth string of one channel, as an application's endpoint makes it. */
void make_auth(const char *socket_id, const char *channel, const char *data, char *auth,
               size_t capacity);

/* Callbacks that do nothing, and one that counts in `drops` how often it is dropped. */
void nothing(const pusher_event *event, void *user_data);
extern int drops;
pusher_callback counting_callback(void);

#endif
