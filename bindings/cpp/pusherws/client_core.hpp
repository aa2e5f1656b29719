/**
 * What the parts of a client have in common: its ticket, and the table of its requests.
 */
#ifndef PUSHERWS_CLIENT_CORE_HPP
#define PUSHERWS_CLIENT_CORE_HPP

#include "request.hpp"

#include <initializer_list>

namespace pusherws {
inline namespace PUSHERWS_NAMESPACE {
namespace detail {

/* A name, or something else that can be looked through for names: `trigger` takes both. */
template <class Names>
using if_many = std::enable_if_t<!std::is_convertible_v<const Names &, std::string_view>>;

template <class Flavour> class client_core {
public:
    template <class T> using outcome = typename Flavour::template outcome<T>;

    /** The ticket, for the C API; owned by the client. */
    pusher_client *native() const noexcept { return client_; }

protected:
    client_core() noexcept = default;
    client_core(pusher_client *client, std::shared_ptr<completions> table) noexcept
        : client_(client), table_(std::move(table))
    {
    }

    template <class T, class... Wanted, class... Given>
    basic_request<Flavour, T> start(const texts &in, std::int32_t (*function)(pusher_client *, Wanted...),
                                    Given... arguments) const
    {
        // One that was moved away has no table; its call fails, and says so.
        const auto table = table_ != nullptr ? table_ : std::make_shared<completions>(false);
        std::shared_ptr<pending> state;
        if (in.bad() != nullptr) {
            state = std::make_shared<pending>();
            completions::fail(*state, nul_inside(in.bad()));
        } else {
            state = table->start(client_, giving<T>::answers, [&](pusher_request *number) {
                return function(client_, arguments..., number);
            });
        }
        return {table, std::move(state), client_};
    }

    /* Functions that answer at once. */
    template <class Function, class... Given> outcome<void> ask(const texts &in, Function function, Given... arguments) const
    {
        return Flavour::give(call(in, function, client_, arguments...));
    }

    /* Functions that answer with a number, where negative ones are errors. */
    template <class Number, class Function, class... Given>
    outcome<Number> ask_number(const texts &in, Function function, Given... arguments) const
    {
        if (in.bad() != nullptr) {
            return Flavour::give(result<Number>(nul_inside(in.bad())));
        }
        const std::int32_t number = function(client_, arguments...);
        if (number < 0) {
            return Flavour::give(result<Number>(error::last(number)));
        }
        return Flavour::give(result<Number>(static_cast<Number>(number)));
    }

    /* Functions that give a list. */
    template <class List, class Raw, class... Wanted, class... Given>
    outcome<List> ask_list(const texts &in, std::int32_t (*function)(const pusher_client *, Wanted...),
                           Given... arguments) const
    {
        Raw *raw = nullptr;
        const result<void> made = call(in, function, static_cast<const pusher_client *>(client_), arguments..., &raw);
        return Flavour::give(made ? result<List>(List(raw)) : result<List>(made.error()));
    }

    pusher_client *client_ = nullptr;
    std::shared_ptr<completions> table_;
};

} // namespace detail
} // namespace PUSHERWS_NAMESPACE
} // namespace pusherws

#endif
