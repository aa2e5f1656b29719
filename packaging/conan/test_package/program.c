/* Makes a client, so that all of the library is linked, and looks whether header and library fit. */
#include <pusherws.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    pusher_client *client = NULL;
    pusher_config *config = pusher_config_new("key");
    int made = pusher_config_set_cluster(config, "eu") == PUSHER_OK && pusher_client_new(config, &client) == PUSHER_OK;
    pusher_client_free(client);
    pusher_config_free(config);
    printf("pusherws %s\n", pusher_version());
    return made && strcmp(pusher_version(), PUSHER_VERSION) == 0 && pusher_abi_version() == PUSHER_ABI_VERSION ? 0 : 1;
}
