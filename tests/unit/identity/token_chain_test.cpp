#include "signaling/identity/token_chain.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/seeded_random.hpp"

namespace parley::signaling {
namespace {

using Token = std::vector<std::uint8_t>;

Token copy(const SessionToken& token) { return {token.view().begin(), token.view().end()}; }

// The server's side: what it stored last.
class Tokens : public testing::Test {
 protected:
  Token start() {
    const TokenChain::Step first = TokenChain::start(SessionId{7}, random_);
    chain_ = first.chain;
    return copy(first.token);
  }
  // Empty when refused.
  Token show(const Token& token) {
    const auto step = chain_.use(token, random_);
    if (!step) return {};
    chain_ = step->chain;
    return copy(step->token);
  }
  test::SeededRandom random_{3};
  TokenChain chain_;
};

TEST_F(Tokens, NameTheirSession) {
  EXPECT_EQ(session_of_token(start()), SessionId{7});
  EXPECT_EQ(session_of_token(Token(kTokenBytes - 1)), std::nullopt);
  EXPECT_EQ(session_of_token(Token(kTokenBytes + 1)), std::nullopt);
}

TEST_F(Tokens, AreReplacedAtEachUse) {
  const Token first = start();
  const Token second = show(first);
  const Token third = show(second);
  EXPECT_EQ(second.size(), kTokenBytes);
  EXPECT_NE(first, second);
  EXPECT_NE(second, third);
  EXPECT_FALSE(show(third).empty());
}

TEST_F(Tokens, StayGoodUntilTheirSuccessorWasUsedSoALostAnswerLocksNobodyOut) {
  const Token first = start();
  const Token lost = show(first);
  const Token again = show(first);
  EXPECT_EQ(again, lost) << "the same successor, so that two racing pages agree";
  EXPECT_FALSE(show(again).empty());
}

TEST_F(Tokens, AreVoidOnceTheirSuccessorWasUsed) {
  const Token stolen = start();
  const Token second = show(stolen);
  EXPECT_FALSE(show(second).empty());
  EXPECT_TRUE(show(stolen).empty());
}

TEST_F(Tokens, OfTheOwnerStillWorkWhenAThiefWasFaster) {
  const Token first = start();
  const Token owners = show(first);
  const Token thiefs = show(owners);
  EXPECT_FALSE(thiefs.empty());
  EXPECT_FALSE(show(owners).empty());
}

TEST_F(Tokens, SurviveADeathBeforeTheNewStateWasStored) {
  const Token first = start();
  const Token second = show(first);
  const TokenChain stored = chain_;
  (void)show(second);
  chain_ = stored;  // the process died before it wrote
  EXPECT_FALSE(show(second).empty());
  EXPECT_TRUE(show(first).empty());
}

TEST_F(Tokens, CannotBeMadeFromWhatIsStored) {
  const Token real = start();
  Token forged(real.begin(), real.begin() + 8);
  forged.insert(forged.end(), chain_.current.begin(), chain_.current.end());
  EXPECT_TRUE(show(forged).empty());
}

TEST_F(Tokens, AreRefusedWhenAnyBitIsWrong) {
  const Token real = start();
  for (std::size_t bit = 0; bit < real.size() * 8; ++bit) {
    Token changed = real;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_TRUE(show(changed).empty()) << bit;
  }
}

}  // namespace
}  // namespace parley::signaling
