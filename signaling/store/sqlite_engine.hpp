// The default engine: one SQLite file (WAL, foreign keys), owned by one process and one thread. Its
// calls block for as long as the disk does; commit() has written when it returns.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "signaling/store/engine.hpp"

struct sqlite3;

namespace parley::signaling {

namespace sqlite {
class Statement;
}

class SqliteEngine final : public StoreEngine {
 public:
  // Opens or makes the file and brings its schema up to date. io: cannot be opened, read or
  // written; failed_precondition: written by a newer version, or another process owns it;
  // invalid_argument: no name of a file.
  [[nodiscard]] static Result<std::unique_ptr<SqliteEngine>> open(const std::string& path);
  [[nodiscard]] static Result<std::unique_ptr<SqliteEngine>> open_in_memory();
  SqliteEngine(const SqliteEngine&) = delete;
  SqliteEngine& operator=(const SqliteEngine&) = delete;
  ~SqliteEngine() override;

  [[nodiscard]] Result<std::vector<Row>> read(const Table& table) override;
  [[nodiscard]] Result<std::vector<Row>> read_last_event() override;
  [[nodiscard]] Result<CommitNumber> commit(Changes changes, Durability durability) override;
  [[nodiscard]] CommitNumber committed() const override { return committed_; }
  [[nodiscard]] bool is_available() const override { return true; }
  void read_events(EventRange range, Rows rows) override;

 private:
  struct CloseDatabase {
    void operator()(sqlite3* database) const;
  };
  using Database = std::unique_ptr<sqlite3, CloseDatabase>;
  using Kind = Write::Kind;

  explicit SqliteEngine(Database database);
  [[nodiscard]] static Result<std::unique_ptr<SqliteEngine>> open_uri(const std::string& path);
  [[nodiscard]] Result<void> set_durability(Durability durability);
  [[nodiscard]] Result<void> write(const Changes& changes);
  [[nodiscard]] sqlite::Statement& statement_for(const Write& write);

  Database database_;
  // Prepared once; they go before the database.
  std::map<std::pair<const Table*, Kind>, std::unique_ptr<sqlite::Statement>> statements_;
  std::optional<Durability> durability_;  // as SQLite was told last
  CommitNumber committed_ = 0;
};

}  // namespace parley::signaling
