/*
 * trading: prices as fast as they can be had. The handler runs on the network thread, straight out of the receive path
 * (`delivery::inline_`); it reads the event where it lies, allocates nothing, waits for nothing, and answers with an order.
 *
 * A second client plays the exchange: it publishes a price, and the next one when an order comes back. Prints how long
 * it took from a price to its order, both ways through the server included.
 *
 * Compile:  c++ -std=c++17 -O2 trading.cpp -o trading $(pkg-config --cflags --libs pusherws) -pthread
 * Run:      PUSHER_KEY=... PUSHER_CLUSTER=eu PUSHER_SECRET=... ./trading [PRICES]
 *           (common.hpp has the other settings; the application must allow client events, and Pusher allows ten a
 *           second: ask for few)
 */
#include "common.hpp"

#include <algorithm>
#include <charconv>
#include <future>
#include <vector>

using namespace std::chrono_literals;

namespace {

constexpr auto market = "private-market";

/* The number behind `"price":`, without a copy; -1 where there is none. */
int price_of(std::string_view data) noexcept
{
    constexpr std::string_view mark = "\"price\":";
    const auto at = data.find(mark);
    int price = -1;
    if (at != std::string_view::npos) {
        std::from_chars(data.data() + at + mark.size(), data.data() + data.size(), price);
    }
    return price;
}

/* Reads prices, keeps the best, and orders. All of it on the network thread: plain numbers will do. */
struct trader {
    pusherws::client_ref client; // what a handler holds: a copy that owns nothing
    int best = 1 << 30;
    long ordered = 0;

    void operator()(const pusherws::event &event)
    {
        const int price = price_of(event.data());
        best = std::min(best, price);
        char order[40] = "{\"price\":";
        char *end = std::to_chars(order + 9, order + sizeof order - 1, price).ptr;
        *end++ = '}';
        client.publish_detached(market, "client-order", {order, static_cast<std::size_t>(end - order)});
        ordered++;
    }
};

/* The other side: notes how long each order took. */
struct exchange {
    using clock = std::chrono::steady_clock;

    pusherws::client_ref client;
    std::size_t wanted;
    std::vector<double> microseconds;
    clock::time_point sent{};
    std::promise<std::vector<double>> done;

    void quote()
    {
        const std::string price = "{\"symbol\":\"ABC\",\"price\":" + std::to_string(1000 + microseconds.size() % 7) + "}";
        sent = clock::now();
        client.publish_detached(market, "client-price", price);
    }

    void operator()(const pusherws::event &)
    {
        if (microseconds.size() == wanted) {
            return;
        }
        microseconds.push_back(std::chrono::duration<double, std::micro>(clock::now() - sent).count());
        if (microseconds.size() == wanted) {
            done.set_value(microseconds);
        } else {
            quote();
        }
    }
};

int trade(std::size_t prices)
{
    pusherws::config config = config_from_environment();
    config.delivery(pusherws::delivery::inline_);
    if (setting("PUSHER_KEY").empty()) {
        config.publish_rate(0); // a server of one's own has a limit of its own
    }
    exchange floor{{}, prices, {}, {}, {}}; // before the clients: a handler refers to it until they have ended
    pusherws::client buyer(config);
    pusherws::client seller(config);
    floor.client = seller.ref();
    for (const pusherws::client *client : {&buyer, &seller}) {
        client->connect();
        client->subscribe(market).get(15s);
    }

    buyer.bind(market, "client-price", trader{buyer.ref()});
    floor.microseconds.reserve(prices);
    auto finished = floor.done.get_future();
    seller.bind(market, "client-order", std::ref(floor)); // not moved into the handler: the first price comes from here
    floor.quote();

    if (finished.wait_for(15s + std::chrono::seconds(prices / 5)) != std::future_status::ready) {
        throw std::runtime_error("not every order came back");
    }
    std::vector<double> took = finished.get();
    std::sort(took.begin(), took.end());
    std::cout << prices << " orders: median " << took[prices / 2] << " us, 99 of 100 within " << took[prices * 99 / 100]
              << " us\n";
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    const long prices = argc > 1 ? std::atol(argv[1]) : 20;
    if (prices < 1 || prices > 10000000) {
        std::cerr << "usage: " << argv[0] << " [PRICES]\n";
        return 2;
    }
    return run([&] { return trade(static_cast<std::size_t>(prices)); });
}
