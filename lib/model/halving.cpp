#include <zeromiss/model/halving.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace zeromiss {
namespace {

[[noreturn]] void refuse() {
  throw ItemError("model.output",
                  "the network gives other outputs for a part of a batch than for another part");
}

/// The rows of another part, behind those that are there already.
void append_rows(Tensor& whole, const Tensor& part) {
  const bool same_rows = whole.name == part.name && whole.shape.size() == part.shape.size() &&
                         std::equal(whole.shape.begin() + 1, whole.shape.end(),
                                    part.shape.begin() + 1, part.shape.end());
  if (!same_rows) refuse();
  whole.shape.front() += part.shape.front();
  whole.data.insert(whole.data.end(), part.data.begin(), part.data.end());
}

/// Puts the outputs of parts together as the whole batch would have given them: outputs of all
/// images row by row, those of single images one after the other.
class Joiner {
 public:
  /// @param first  number of the part's first image in the batch
  /// @param count  its images; slots behind them are filled up and left out
  void add(std::vector<Tensor> outputs, int first, int count) {
    std::size_t whole = 0;
    std::vector<Tensor> singles;
    for (Tensor& output : outputs) {
      if (output.image == Tensor::kWholeBatch) {
        cut(output, count);
        if (first == 0)
          whole_.push_back(std::move(output));
        else if (whole < whole_.size())
          append_rows(whole_[whole], output);
        else
          refuse();
        ++whole;
      } else if (output.image < count) {
        output.image += first;
        singles.push_back(std::move(output));
      }
    }
    if (first == 0) before_singles_ = whole_before_singles(outputs);
    if (whole != whole_.size()) refuse();
    std::move(singles.begin(), singles.end(), std::back_inserter(singles_));
  }

  std::vector<Tensor> take() {
    std::vector<Tensor> all;
    const auto middle = whole_.begin() + static_cast<std::ptrdiff_t>(before_singles_);
    std::move(whole_.begin(), middle, std::back_inserter(all));
    std::move(singles_.begin(), singles_.end(), std::back_inserter(all));
    std::move(middle, whole_.end(), std::back_inserter(all));
    return all;
  }

 private:
  static void cut(Tensor& output, int count) {
    const auto rows = output.shape.front();
    if (rows <= count) return;
    output.data.resize(output.data.size() / static_cast<std::size_t>(rows) *
                       static_cast<std::size_t>(count));
    output.shape.front() = count;
  }

  /// Outputs are also asked for by their number, so their order is kept.
  static std::size_t whole_before_singles(const std::vector<Tensor>& outputs) {
    const auto is_single = [](const Tensor& t) { return t.image != Tensor::kWholeBatch; };
    return static_cast<std::size_t>(std::find_if(outputs.begin(), outputs.end(), is_single) -
                                    outputs.begin());
  }

  std::vector<Tensor> whole_, singles_;
  std::size_t before_singles_ = 0;
};

bool is_memory(const ItemError& error) { return error.code() == "model.memory"; }

}  // namespace

HalvingEngine::HalvingEngine(std::unique_ptr<Engine> engine, Tell tell)
    : engine_(std::move(engine)), tell_(std::move(tell)) {}

std::vector<Tensor> HalvingEngine::run(const InputBatch& batch) {
  const int known = at_once_;
  int size = known == 0 ? batch.images : std::min(known, batch.images);
  std::string cause;
  while (true) {
    try {
      auto outputs = size == batch.images ? engine_->run(batch) : run_in_parts(batch, size);
      if (!cause.empty()) keep(batch.images, size, cause);
      return outputs;
    } catch (const ItemError& error) {
      if (!is_memory(error) || size == 1) throw;
      cause = error.what();
    }
    size /= 2;
  }
}

std::vector<Tensor> HalvingEngine::run_in_parts(const InputBatch& batch, int size) {
  Joiner joiner;
  InputBatch part = engine_->new_batch(size, batch.channels, batch.height, batch.width);
  for (int first = 0; first < batch.images; first += size) {
    const int count = std::min(size, batch.images - first);
    for (int i = 0; i < size; ++i)
      if (i < count)
        part.copy(i, batch, first + i);
      else
        part.clear(i);
    joiner.add(engine_->run(part), first, count);
  }
  return joiner.take();
}

void HalvingEngine::keep(int batch, int size, const std::string& cause) {
  const std::lock_guard lock(mutex_);
  if (at_once_ != 0 && at_once_ <= size) return;  // another worker was there first
  at_once_ = size;
  tell_(batch, size, cause);
}

}  // namespace zeromiss
