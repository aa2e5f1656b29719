/*
 * For programs whose tests want a process each: scripts/test-c.sh runs them once for each name that
 * they list with `list`.
 */
#ifndef PUSHERWS_TEST_PROCESS_H
#define PUSHERWS_TEST_PROCESS_H

#include "harness.h"

/* A test's own main: runs the one that argv names. */
int run_one_test(const test *tests, int argc, char **argv);

/* For tests that end the process: the name is printed before, since nothing can be after. */
void ends_well(const char *name);

pthread_t start_thread(void *(*run)(void *), void *argument);

/* How many messages count_event has had. */
extern gate events_seen;
void count_event(const pusher_event *event, void *user_data);

/* A client that is subscribed to news and private-a, with a callback for messages on news. */
pusher_client *new_listener(pusher_event_callback call);
pusher_client *new_tls_listener(pusher_event_callback call);

/* Many messages on news; for a thread. */
void *flood_news(void *unused);

/* Waits for a child, which has to end well, and soon: its own alarm sees to that. */
void check_child(pid_t child);

#endif
