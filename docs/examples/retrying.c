/*
 * The program decides about each try to connect: here, that the third is the last.
 */
#include "example.h"

//! [retry]
static void on_state(const pusher_event *event, void *user_data)
{
    (void)user_data;
    if (event->retry_in_ms < 0) {
        return; /* no try is planned */
    }
    bool again = event->value < 3; /* how many have failed */
    printf("%s; %s\n", event->data != NULL ? event->data : "lost", again ? "again" : "enough");
    pusher_client_retry(event->client, again ? 10 : -1, NULL); /* in 10 ms; or not at all */
}
//! [retry]

int main(void)
{
    pusher_config *config = embedded_server();
    must(pusher_config_set_port(config, 1)); /* where nobody listens */
    //! [retry_patience]
    /* No try begins before on_state has answered, or ten seconds are over. */
    pusher_config_set_retry_patience(config, 10000);
    //! [retry_patience]
    pusher_client *client = NULL;
    must(pusher_client_new(config, &client));
    must(pusher_config_free(config));
    pusher_callback callback = {on_state, NULL, NULL};
    must(pusher_client_bind(client, NULL, "pusher:state_change", &callback, NULL));
    pusher_request request = 0;
    must(pusher_client_connect(client, &request));
    expect(pusher_client_wait(client, request, 15000) == PUSHER_ERR_CANCELLED, "it was enough");
    expect(pusher_client_state(client) == PUSHER_STATE_FAILED, "it has given up");
    must(pusher_client_free(client));
    return 0;
}
