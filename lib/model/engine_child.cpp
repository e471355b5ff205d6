// The other side of child_engine.cpp. It keeps to the protocol as long as the model lets it; the
// parent relies on nothing that is said here.
#include "child_process.hpp"
#include "sandbox.hpp"
#include "wire.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/model/isolation.hpp>

#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <new>
#include <optional>

namespace zeromiss {
namespace {

struct StartOrder {
  EngineOptions options;
  std::size_t input_bytes = 0;
  std::uint64_t memory_bytes = 0;
};

/// The next packet; the end of the parent is the end of the child. Nobody sees its exit code but
/// who starts it by hand.
PacketReader from_parent() {
  std::string bytes;
  constexpr auto kForEver = std::chrono::hours(24 * 365);
  if (receive_packet(kChildSocket, std::chrono::steady_clock::now() + kForEver, bytes) !=
      Received::packet)
    ::_exit(kExitBug);
  return PacketReader(std::move(bytes));
}

void to_parent(const PacketWriter& packet) {
  if (!send_packet(kChildSocket, packet.bytes())) ::_exit(kExitBug);
}

StartOrder read_order() {
  PacketReader packet = from_parent();
  if (packet.kind() != Message::start) ::_exit(kExitBug);
  StartOrder order;
  const auto size = [&] { return static_cast<int>(packet.number()); };
  order.options.device = packet.text();
  order.options.name = packet.text();
  order.options.images = size();
  order.options.channels = size();
  order.options.height = size();
  order.options.width = size();
  order.options.precision = static_cast<Precision>(packet.number());
  order.options.threads = size();
  order.options.format = static_cast<WeightsFormat>(packet.number(kWeightsFormats.size() - 1));
  order.input_bytes = packet.number();
  order.memory_bytes = packet.number();
  return order;
}

/// The stop signals are the parent's to handle; a terminal sends them to all.
void follow_the_parent() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::signal(signal, SIG_IGN);
  ::closefrom(kFirstFreeDescriptor);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a parent that is gone already shows as a closed socket
}

/// Values go behind the input in the arena, one output after the other.
PacketWriter written(const std::vector<Tensor>& outputs, std::uint64_t number,
                     const SharedMemory& arena, std::size_t at) {
  if (outputs.size() > kMaxOutputs)
    throw ItemError("model.output",
                    fmt::format("{} outputs, at most {} can be handed over with --isolate",
                                outputs.size(), kMaxOutputs));
  PacketWriter packet(Message::outputs);
  packet.number(number).number(outputs.size());
  for (const Tensor& output : outputs) {
    const std::size_t bytes = output.data.size() * sizeof(float);
    if (output.shape.size() > kMaxDimensions || bytes > arena.size() - at)
      throw ItemError(
          "model.output",
          fmt::format("an output of {} dimensions and {} MiB cannot be handed over "
                      "with --isolate; at most {}, and {} MiB for all",
                      output.shape.size(), bytes >> 20U, kMaxDimensions, arena.size() >> 20U));
    if (bytes > 0) std::memcpy(arena.data() + at, output.data.data(), bytes);
    at += bytes;
    // One more, so that "of the whole batch" is 0.
    packet.text(output.name)
        .number(static_cast<std::uint64_t>(output.image - Tensor::kWholeBatch))
        .number(output.shape.size());
    for (const std::int64_t size : output.shape) packet.number(static_cast<std::uint64_t>(size));
  }
  if (packet.bytes().size() > kMaxPacketBytes)
    throw ItemError("model.output",
                    fmt::format("{} outputs are too many for --isolate; use a smaller --batch",
                                outputs.size()));
  return packet;
}

PacketWriter answer(Engine& engine, const InputBatch& batch, std::uint64_t number,
                    const SharedMemory& arena, std::size_t input_bytes) {
  const auto failed = [&](const std::string& code, const std::string& text) {
    return PacketWriter(Message::failed).number(number).text(code).text(text);
  };
  try {
    return written(engine.run(batch), number, arena, input_bytes);
  } catch (const ItemError& error) {
    return failed(error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return failed("model.failed", "the model failed: out of memory");
  } catch (const std::exception& error) {
    return failed("model.failed", fmt::format("the model failed: {}", error.what()));
  }
}

std::unique_ptr<Engine> load_model(const EngineLoader& load, const EngineOptions& options) {
  std::string cause;
  try {
    const SharedMemory archive(Descriptor(kChildArchive), false);
    auto engine = load({archive.data(), archive.size()}, options);
    to_parent(PacketWriter(Message::ready)
                  .text(engine->device())
                  .text(engine->device_reason())
                  .text(engine->library()));
    return engine;
  } catch (const Error& error) {
    cause = error.what();
  } catch (const std::exception& error) {
    cause = fmt::format("{}: cannot be loaded: {}", options.name, error.what());
  }
  to_parent(PacketWriter(Message::refused).text(cause));
  ::_exit(kExitBug);
}

}  // namespace

void run_engine_child(const EngineLoader& load,
                      const std::function<void(const EngineOptions&)>& before) {
  follow_the_parent();
  const StartOrder order = read_order();
  const SharedMemory arena(Descriptor(kChildArena), true);
  try {
    if (before) before(order.options);
  } catch (const Error&) {  // load() will fail the same way, and then somebody listens
  }
  to_parent(PacketWriter(Message::shut_in).text(enter_sandbox(order.memory_bytes)));
  const auto engine = load_model(load, order.options);
  const EngineOptions& shape = order.options;
  InputBatch batch(shape.images, shape.channels, shape.height, shape.width);
  while (true) {
    PacketReader packet = from_parent();
    if (packet.kind() != Message::run) ::_exit(kExitBug);
    const std::uint64_t number = packet.number();
    std::memcpy(batch.data.data(), arena.data(), batch.data.size() * sizeof(float));
    to_parent(answer(*engine, batch, number, arena, order.input_bytes));
  }
}

}  // namespace zeromiss
