#include "child_engine.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/model/isolation.hpp>

#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <utility>

namespace zeromiss {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// Floats of all slots, and behind them room for what a network makes of them. The room is a limit,
/// not a need: only written pages take memory.
std::size_t input_bytes(const EngineOptions& options) {
  const auto part = [](int size) { return static_cast<std::size_t>(size); };
  const std::size_t bytes = part(options.images) * part(options.channels) * part(options.height) *
                            part(options.width) * sizeof(float);
  constexpr std::size_t kLine = 64;
  return (bytes + kLine - 1) / kLine * kLine;
}
std::size_t arena_bytes(const EngineOptions& options) {
  constexpr std::size_t kLeast = 256U << 20U, kTimesInput = 64;
  return input_bytes(options) + kLeast + kTimesInput * input_bytes(options);
}

std::pair<Descriptor, Descriptor> socket_pair() {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    throw std::system_error(errno, std::generic_category(), "socketpair");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

std::string seconds(std::chrono::milliseconds limit) {
  return fmt::format("{:g} s", std::chrono::duration<double>(limit).count());
}

}  // namespace

ChildEngine::ChildEngine(const ChildPlan& plan, Spawner& spawner)
    : name_(plan.options.name),
      start_limit_(plan.start_limit),
      limit_(plan.start_limit),
      started_(Clock::now()),
      input_bytes_(input_bytes(plan.options)),
      arena_("zeromiss-arena", arena_bytes(plan.options), input_bytes_) {
  auto [ours, theirs] = socket_pair();
  process_ = spawner.spawn(
      {plan.program, kEngineChildArgument, theirs.get(), plan.archive.get(), arena_.descriptor()});
  socket_ = std::move(ours);
  const auto number = [](int value) { return static_cast<std::uint64_t>(value); };
  PacketWriter order(Message::start);
  order.text(plan.options.device).text(plan.options.name);
  order.number(number(plan.options.images)).number(number(plan.options.channels));
  order.number(number(plan.options.height)).number(number(plan.options.width));
  order.number(number(static_cast<int>(plan.options.precision)));
  order.number(number(plan.options.threads));
  order.number(static_cast<std::uint64_t>(plan.options.format));
  order.number(input_bytes_).number(plan.memory_bytes);
  send_packet(socket_.get(), order.bytes());  // a child that is gone shows in await_ready()
}

ChildEngine::~ChildEngine() { kill(); }

std::string ChildEngine::kill(std::chrono::milliseconds grace) {
  if (!alive()) return "had ended before";
  socket_.reset();
  return end_process(std::exchange(process_, -1), grace);
}

std::string ChildEngine::receive(Clock::time_point deadline, std::chrono::milliseconds limit) {
  std::string bytes;
  switch (receive_packet(socket_.get(), deadline, bytes)) {
    case Received::packet:
      return bytes;
    case Received::timeout:
      kill();
      throw ItemError("model.timeout",
                      fmt::format("the model gave no answer within {}", seconds(limit)));
    case Received::closed:  // the first thing that the end of a process does; its status comes next
      throw ItemError("model.crashed", fmt::format("the model's process {}", kill(2s)));
    case Received::too_long:
      break;
  }
  throw WireError("a message is too long");
}

void ChildEngine::await_model(Clock::time_point deadline) {
  PacketReader shut_in(receive(deadline, start_limit_));
  if (shut_in.kind() != Message::shut_in) throw WireError("not what the start of a child is");
  sandbox_ = shut_in.text();
  PacketReader loaded(receive(deadline, start_limit_));
  switch (loaded.kind()) {
    case Message::refused:
      throw Error(ErrorKind::input, loaded.text());
    case Message::ready:
      device_ = loaded.text();
      device_reason_ = loaded.text();
      library_ = loaded.text();
      return loaded.end();
    default:
      throw WireError("neither loaded nor refused");
  }
}

void ChildEngine::await_ready() {
  const auto refuse = [&](const std::string& cause) -> void {
    kill();
    throw Error(ErrorKind::input, fmt::format("{}: cannot be loaded: {}", name_, cause));
  };
  try {
    await_model(started_ + start_limit_);
  } catch (const Error&) {
    kill();
    throw;
  } catch (const ItemError& error) {
    refuse(error.what());
  } catch (const WireError& error) {
    refuse(fmt::format("the model's process talks nonsense ({})", error.what()));
  }
}

std::vector<Tensor> ChildEngine::run(const InputBatch& batch) {
  if (!alive()) throw ItemError("model.crashed", "the model's process is gone");
  const std::size_t bytes = batch.data.size() * sizeof(float);
  if (bytes > input_bytes_) throw std::logic_error("a batch that the child was not started for");
  std::memcpy(arena_.data(), batch.data.data(), bytes);
  const auto deadline = Clock::now() + limit_;
  // When it cannot be sent the child is gone, which answer() finds out and describes.
  send_packet(socket_.get(), PacketWriter(Message::run).number(++number_).bytes());
  try {
    return answer(deadline, batch.images);
  } catch (const WireError& error) {
    kill();
    throw ItemError("model.crashed",
                    fmt::format("the model's process talks nonsense ({})", error.what()));
  }
}

std::vector<Tensor> ChildEngine::answer(Clock::time_point deadline, int images) {
  PacketReader packet(receive(deadline, limit_));
  const Message kind = packet.kind();
  if (kind != Message::outputs && kind != Message::failed) throw WireError("not an answer");
  if (packet.number() != number_) throw WireError("the answer to another batch");
  if (kind == Message::outputs) return outputs(packet, images);
  const std::string code = packet.text(), text = packet.text();
  packet.end();
  // Codes are the manual's list, not what a child makes up.
  throw ItemError(code == "model.output" ? "model.output" : "model.failed", text);
}

/// Every size is checked before memory is taken; the values are copied first and judged later, so
/// that a child which goes on writing changes nothing.
std::vector<Tensor> ChildEngine::outputs(PacketReader& packet, int images) const {
  std::vector<Tensor> outputs(packet.number(kMaxOutputs));
  std::size_t at = input_bytes_;
  for (Tensor& output : outputs) {
    output.name = packet.text();
    output.image =
        static_cast<int>(packet.number(static_cast<std::uint64_t>(images))) + Tensor::kWholeBatch;
    output.shape.resize(packet.number(kMaxDimensions));
    std::size_t count = 1;
    for (std::int64_t& size : output.shape) {
      const std::uint64_t most = arena_.size() / sizeof(float);
      size = static_cast<std::int64_t>(packet.number(most));
      if (size != 0 && count > most / static_cast<std::uint64_t>(size))
        throw WireError("an output is too large");
      count *= static_cast<std::size_t>(size);
    }
    const bool whole = output.image == Tensor::kWholeBatch;
    if (whole && (output.shape.empty() || output.shape.front() != images))
      throw WireError("an output has not a row for each image");
    if (count * sizeof(float) > arena_.size() - at) throw WireError("outputs are too large");
    output.data.resize(count);
    if (count > 0) std::memcpy(output.data.data(), arena_.data() + at, count * sizeof(float));
    at += count * sizeof(float);
  }
  packet.end();
  return outputs;
}

}  // namespace zeromiss
