// Lets code that has just called a handler notice that the handler destroyed the object it works
// for. The object holds a Lifeline; the code holds a Watch on its stack.
#pragma once

namespace parley::net {

class Lifeline {
 public:
  Lifeline() = default;
  Lifeline(const Lifeline&) = delete;
  Lifeline& operator=(const Lifeline&) = delete;
  ~Lifeline() {
    for (Watch* watch = newest_; watch != nullptr; watch = watch->older_) watch->line_ = nullptr;
  }

  class Watch {
   public:
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdangling-pointer"  // the destructor takes the address back
#endif
    explicit Watch(Lifeline& line) : line_(&line), older_(line.newest_) { line.newest_ = this; }
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch() {
      if (line_ != nullptr) line_->newest_ = older_;
    }
    [[nodiscard]] bool is_alive() const { return line_ != nullptr; }

   private:
    friend class Lifeline;
    Lifeline* line_;
    Watch* older_;  // watches lie on one stack, so the newest ends first
  };

 private:
  Watch* newest_ = nullptr;
};

}  // namespace parley::net
