#include "tests/support/ssh_server/scripted_ssh_server.h"

#include <fcntl.h>
#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <stdexcept>

namespace crib::test {
namespace {

constexpr int slice_ms = 10;

using Key = std::unique_ptr<ssh_key_struct, decltype(&ssh_key_free)>;

Key public_key(const std::string& line) {
    const auto base64 = line.substr(12);  // after "ssh-ed25519 "
    ssh_key raw = nullptr;
    ssh_pki_import_pubkey_base64(base64.substr(0, base64.find(' ')).c_str(), SSH_KEYTYPE_ED25519, &raw);
    return {raw, &ssh_key_free};
}

ssh_key private_key(const std::string& pem) {
    ssh_key raw = nullptr;
    ssh_pki_import_privkey_base64(pem.c_str(), nullptr, nullptr, nullptr, &raw);
    return raw;
}

}  // namespace

// One client, served by one thread.
class ScriptedSshServer::Connection {
public:
    Connection(ScriptedSshServer& server, Greeting greeting)
        : server_(server),
          greeting_(greeting),
          cuts_at_start_(server.cuts_),
          authorized_(public_key(server.user_.public_line)),
          session_(ssh_new(), &ssh_free),
          event_(ssh_event_new(), &ssh_event_free) {}

    void serve(int fd, const std::stop_token& stop);

private:
    struct Channel {
        Connection* connection = nullptr;
        ssh_channel raw = nullptr;
        ssh_channel_callbacks_struct callbacks{};
        Request request;
        bool has_command = false;
        bool input_ended = false;
        bool answered = false;
    };

    bool greet(int fd);
    void answer(Channel& channel);
    [[nodiscard]] bool must_stop(const std::stop_token& stop) const {
        return stop.stop_requested() || server_.cuts_ != cuts_at_start_;
    }

    static ssh_channel on_open(ssh_session session, void* self);
    static int on_key(ssh_session, const char*, ssh_key_struct* key, char state, void* self);
    static int on_exec(ssh_session, ssh_channel, const char* command, void* channel);
    static int on_data(ssh_session, ssh_channel, void* data, uint32_t size, int, void* channel);
    static void on_eof(ssh_session, ssh_channel, void* channel);

    ScriptedSshServer& server_;
    Greeting greeting_;
    int cuts_at_start_;
    Key authorized_;
    std::unique_ptr<ssh_session_struct, decltype(&ssh_free)> session_;
    std::unique_ptr<ssh_event_struct, decltype(&ssh_event_free)> event_;
    ssh_server_callbacks_struct callbacks_{};
    ssh_counter_struct traffic_{};
    std::list<Channel> channels_;
    bool dropped_ = false;
    bool deaf_ = false;
};

ssh_channel ScriptedSshServer::Connection::on_open(ssh_session session, void* self) {
    auto& connection = *static_cast<Connection*>(self);
    auto& channel = connection.channels_.emplace_back();
    channel.connection = &connection;
    channel.raw = ssh_channel_new(session);
    channel.callbacks.userdata = &channel;
    channel.callbacks.channel_exec_request_function = &on_exec;
    channel.callbacks.channel_data_function = &on_data;
    channel.callbacks.channel_eof_function = &on_eof;
    ssh_callbacks_init(&channel.callbacks);
    ssh_set_channel_callbacks(channel.raw, &channel.callbacks);
    return channel.raw;
}

int ScriptedSshServer::Connection::on_key(ssh_session, const char*, ssh_key_struct* key, char state, void* self) {
    const auto& connection = *static_cast<Connection*>(self);
    const bool known = ssh_key_cmp(key, connection.authorized_.get(), SSH_KEY_CMP_PUBLIC) == 0;
    const bool proven = state == SSH_PUBLICKEY_STATE_VALID || state == SSH_PUBLICKEY_STATE_NONE;
    const bool ok = known && proven && connection.greeting_ != Greeting::refuse_key;
    return ok ? SSH_AUTH_SUCCESS : SSH_AUTH_DENIED;
}

int ScriptedSshServer::Connection::on_exec(ssh_session, ssh_channel, const char* command, void* channel) {
    static_cast<Channel*>(channel)->request.command = command;
    static_cast<Channel*>(channel)->has_command = true;
    return 0;
}

int ScriptedSshServer::Connection::on_data(ssh_session, ssh_channel, void* data, uint32_t size, int, void* channel) {
    static_cast<Channel*>(channel)->request.input.append(static_cast<const char*>(data), size);
    return static_cast<int>(size);
}

void ScriptedSshServer::Connection::on_eof(ssh_session, ssh_channel, void* channel) {
    static_cast<Channel*>(channel)->input_ended = true;
}

bool ScriptedSshServer::Connection::greet(int fd) {
    std::unique_ptr<ssh_bind_struct, decltype(&ssh_bind_free)> bind(ssh_bind_new(), &ssh_bind_free);
    const bool no = false;
    ssh_bind_options_set(bind.get(), SSH_BIND_OPTIONS_PROCESS_CONFIG, &no);
    const auto& pair = greeting_ == Greeting::other_host ? ssh::make_key_pair("another") : server_.host_;
    ssh_bind_options_set(bind.get(), SSH_BIND_OPTIONS_IMPORT_KEY, private_key(pair.private_pem));
    callbacks_.userdata = this;
    callbacks_.auth_pubkey_function = &on_key;
    callbacks_.channel_open_request_session_function = &on_open;
    ssh_callbacks_init(&callbacks_);
    ssh_set_server_callbacks(session_.get(), &callbacks_);
    ssh_set_auth_methods(session_.get(), SSH_AUTH_METHOD_PUBLICKEY);
    ssh_set_counters(session_.get(), nullptr, &traffic_);
    return ssh_bind_accept_fd(bind.get(), session_.get(), fd) == SSH_OK &&
           ssh_handle_key_exchange(session_.get()) == SSH_OK &&
           ssh_event_add_session(event_.get(), session_.get()) == SSH_OK;
}

void ScriptedSshServer::Connection::answer(Channel& channel) {
    channel.answered = true;
    const auto reply = server_.answer(channel.request);
    ssh_channel_write(channel.raw, reply.out.data(), static_cast<uint32_t>(reply.out.size()));
    ssh_channel_write_stderr(channel.raw, reply.err.data(), static_cast<uint32_t>(reply.err.size()));
    switch (reply.end) {
        case Reply::End::hang:
            return;
        case Reply::End::deaf:
            deaf_ = true;
            return;
        case Reply::End::drop:
            dropped_ = true;
            return;
        case Reply::End::exit:
            ssh_channel_request_send_exit_status(channel.raw, reply.code);
            break;
        case Reply::End::signal:
            ssh_channel_request_send_exit_signal(channel.raw, reply.signal.c_str(), 0, "", "");
            break;
        case Reply::End::no_status:
            break;
    }
    ssh_channel_send_eof(channel.raw);
    ssh_channel_close(channel.raw);
}

void ScriptedSshServer::Connection::serve(int fd, const std::stop_token& stop) {
    if (!greet(fd)) return;
    while (!must_stop(stop) && !dropped_) {
        if (deaf_) {
            poll(nullptr, 0, slice_ms);
            continue;
        }
        if (ssh_event_dopoll(event_.get(), slice_ms) == SSH_ERROR) break;
        server_.said_ = traffic_.out_bytes;
        for (auto& channel : channels_) {
            if (channel.has_command && channel.input_ended && !channel.answered) answer(channel);
        }
    }
    ssh_event_remove_session(event_.get(), session_.get());
    for (auto& channel : channels_) ssh_remove_channel_callbacks(channel.raw, &channel.callbacks);
}

ScriptedSshServer::ScriptedSshServer() : ScriptedSshServer([](const Request&) { return Reply{}; }) {}

ScriptedSshServer::ScriptedSshServer(Handler handler)
    : folder_(std::filesystem::temp_directory_path(), "crib-ssh"),
      host_(ssh::make_key_pair("host")),
      user_(ssh::make_key_pair("user")),
      handler_(std::move(handler)) {
    ssh::write_key_pair(user_, folder_.path() / "user");
    listen();
    accepting_ = std::jthread([this](const std::stop_token& stop) { accept_all(stop); });
}

ScriptedSshServer::~ScriptedSshServer() {
    accepting_ = {};  // stops and joins
}

void ScriptedSshServer::listen() {
    listener_.reset(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_.get(), generic, size) != 0 || ::listen(listener_.get(), 16) != 0 ||
        getsockname(listener_.get(), generic, &size) != 0) {
        throw std::runtime_error("the scripted SSH server cannot listen");
    }
    target_ = {"node1", "127.0.0.1", ntohs(address.sin_port), "root", folder_.path() / "user", host_.public_line};
}

void ScriptedSshServer::accept_all(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        pollfd poller{listener_.get(), POLLIN, 0};
        if (poll(&poller, 1, slice_ms) <= 0) continue;
        UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!fd.valid()) continue;
        ++connections_;
        auto greeting = Greeting::serve;
        {
            const std::scoped_lock lock(mutex_);
            if (!greetings_.empty()) {
                greeting = greetings_.front();
                greetings_.pop_front();
            }
        }
        if (greeting == Greeting::reset) {
            const linger at_once{1, 0};
            setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
            continue;
        }
        serving_.emplace_back([this, greeting, number = fd.release()](const std::stop_token& ending) {
            if (greeting == Greeting::silent) {
                const UniqueFd silent(number);
                while (!ending.stop_requested()) poll(nullptr, 0, slice_ms);
                return;
            }
            ++open_;
            std::optional<Connection> connection(std::in_place, *this, greeting);
            // libssh waits for a client in the key exchange without end: shutting the socket down wakes it, by a
            // descriptor of its own, because libssh may have closed the other.
            const UniqueFd copy(::fcntl(number, F_DUPFD_CLOEXEC, 0));
            const std::stop_callback wake(ending, [&copy] { ::shutdown(copy.get(), SHUT_RD); });
            connection->serve(number, ending);
            connection.reset();
            --open_;
        });
    }
    for (auto& thread : serving_) thread.request_stop();
    serving_.clear();
}

ScriptedSshServer::Reply ScriptedSshServer::answer(const Request& request) {
    // What ends a command carries nothing on its standard input.
    if (request.input.empty()) {
        told_to_end_ = true;
        return {};
    }
    {
        const std::scoped_lock lock(mutex_);
        requests_.push_back(request);
    }
    return handler_(request);
}

void ScriptedSshServer::greet_next(std::vector<Greeting> greetings) {
    const std::scoped_lock lock(mutex_);
    greetings_.assign(greetings.begin(), greetings.end());
}

void ScriptedSshServer::cut_connections() {
    ++cuts_;
    while (open_ > 0) std::this_thread::yield();
}

std::vector<ScriptedSshServer::Request> ScriptedSshServer::requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
}

}  // namespace crib::test
