/*
 * pusherws: a client for the Pusher Channels WebSocket protocol, version 7.
 *
 * Speaks to Pusher itself and to every server of the same protocol: soketi, Laravel Reverb, Sockudo.
 *
 *     pusher_config *config = pusher_config_new("app-key");
 *     pusher_config_set_cluster(config, "eu");
 *
 *     pusher_client *client = NULL;
 *     if (pusher_client_new(config, &client) != PUSHER_OK) { ... pusher_last_error ... }
 *     pusher_config_free(config);
 *
 *     pusher_callback callback = { on_event, NULL, my_data };
 *     pusher_client_bind(client, "orders", NULL, &callback, NULL);
 *     pusher_client_subscribe(client, "orders", NULL, NULL);
 *     pusher_client_connect(client, NULL);
 *     ...
 *     pusher_client_close(client, 2000);
 *     pusher_client_free(client);
 *
 * The rules that hold everywhere, unless a function's own comment says otherwise:
 *
 * - Calls return 0 (PUSHER_OK) or a negative PUSHER_ERR_... at once; none blocks but
 *   pusher_client_wait, pusher_client_close and pusher_client_free, and those that ask for events and
 *   take a time to wait. pusher_last_error tells what was wrong and what to do.
 * - Functions that give a pusher_request are requests: they return at once, and how they ended
 *   comes as an event of kind PUSHER_EVENT_COMPLETED with the request's number, exactly once. That
 *   event can reach your callback before the call that made the request has returned.
 * - Any function may be called from any thread and from any callback.
 * - Callbacks of a client run one at a time, in order, and with no lock of the library held: on one
 *   thread of its own; or, with pusher_config_set_delivery, inside of pusher_client_dispatch on
 *   yours, or on the network thread. A callback must not throw, and should return soon: later events
 *   wait for it.
 * - What you pass is copied before the call returns. What you are given is borrowed, and its comment
 *   says until when; what you have to free has a function whose name ends in _free.
 * - Output is written only on success. Freeing NULL is fine. A handle that was freed is an error
 *   (PUSHER_ERR_HANDLE), not a crash.
 * - Text is UTF-8. Times are milliseconds, lengths are bytes without the NUL.
 * - Nothing is started by loading the library. It installs no signal handler, writes to no file, and
 *   reads of the environment only where the trust store and the proxies are. After fork, a client made before it answers PUSHER_ERR_FORKED in the child.
 * - The library puts no secret and no auth string into a message; signatures in what a server says
 *   are blacked out.
 *
 * Written by build.rs from the sources in src/ffi: change the comments there.
 */
