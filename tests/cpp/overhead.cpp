/*
 * What a handler costs: calls one so often, by way of the pusher_callback that the library would have. scripts/test-cpp.sh
 * counts the instructions.
 *
 *   overhead c|cpp|copying CALLS
 */
#include <pusherws.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

std::size_t bytes;

void in_c(const pusher_event *event, void *user_data)
{
    *static_cast<std::size_t *>(user_data) += event->data_len;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 3) {
        return 2;
    }
    const long calls = std::atol(argv[2]);
    pusher_callback callback{in_c, nullptr, &bytes};
    if (std::strcmp(argv[1], "cpp") == 0) {
        callback = pusherws::detail::make_callback([to = &bytes](const pusherws::event &event) { *to += event.data().size(); });
    } else if (std::strcmp(argv[1], "copying") == 0) { // as it should not be
        callback = pusherws::detail::make_callback(
            [to = &bytes](const pusherws::event &event) { *to += std::string(event.data()).size(); });
    }
    const std::string data(120, 'x');
    pusher_event event{};
    event.kind = PUSHER_EVENT_MESSAGE;
    event.data = data.c_str();
    event.data_len = data.size();
    pusher_callback *volatile unknown = &callback; // nothing is known of it where it is called
    for (long i = 0; i < calls; i++) {
        unknown->call(&event, unknown->user_data);
    }
    std::printf("%zu\n", bytes);
    if (callback.drop != nullptr) {
        callback.drop(callback.user_data);
    }
    return 0;
}
