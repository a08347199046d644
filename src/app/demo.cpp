#include "app/demo.hpp"

#include <array>
#include <cstdio>

#include "app/instance.hpp"
#include "base/zones.hpp"

namespace postmypost::app {
namespace {

// A small roastery's month: what a real project looks like, without anybody's data.
constexpr auto kPosts = std::to_array<std::string_view>({
    "Новая обжарка: Бурунди, станция Каянза. Чёрная смородина, ревень и длинное сладкое послевкусие.",
    "Как читать пачку за минуту: дата обжарки, сорт, высота и обработка. Остальное — реклама.",
    "Рецепт для воронки без спешки: 15 граммов, 250 воды, 94 градуса. Первая вода 45 граммов, ждём полминуты.",
    "Каппинг в субботу в полдень, открыт всем. Шесть чашек, три страны, ноль снобизма.",
    "Журнал обжарки: трижды жарили одну и ту же Эфиопию и трижды получили разный кофе. Разница в сорока секундах.",
    "Холодная заварка: 80 граммов крупного помола на литр воды, ночь в холодильнике. Утром процедить и разбавить.",
    "Хранить кофе в холодильнике не нужно: запахи и влага вредят ему больше, чем тепло на полке.",
    "Пятничная раздача дрипов: первые двадцать гостей уносят пробник Колумбии Уила.",
    "Вода важнее, чем кажется: чайник с накипью съедает половину вкуса. Проверьте жёсткость полоской.",
    "День открытых дверей: покажем ростер, сортировку и то, как пахнет первый треск.",
    "Весенний бленд вернулся: Бразилия для тела, Эфиопия для аромата, Кения для характера.",
    "Вопрос недели: на какой помол вы переходите, когда зерну больше трёх недель?",
    "Молоко греем до шестидесяти: выше сладость уходит, и в чашке остаётся только пена.",
    "Открыли слот на мастер-класс по латте-арту: восемь мест, две кофемашины, один терпеливый Паша.",
    "Гватемала Уэуэтенанго: какао, красное яблоко, спокойная кислотность. Для тех, кто просил «просто кофе».",
    "Почему эспрессо горчит: слишком мелкий помол, слишком горячая вода или слишком долго. Начните с помола.",
    "Возвращаем пачки: принесите десять пустых, и одиннадцатая за наш счёт.",
    "Итоги месяца: обжарили полторы тонны, завели одного кота и наконец починили вывеску.",
});

constexpr std::string_view kEmail = "demo@localhost.example";
constexpr std::string_view kZone = "Europe/Moscow";

Result<std::int64_t> demo_person(Instance& instance, const std::string& password) {
  auto& people = *instance.stores().identity;
  TRY(people.change_settings("Demo", std::string(kEmail), "http://127.0.0.1:" + std::to_string(instance.port()),
                             identity::Mode::kPrivate));
  TRY_ASSIGN(const std::int64_t person,
             people.create_user({.name = "Анна Ларина", .email = std::string(kEmail), .password = password, .locale = "ru"},
                                identity::Role::kOperator));
  TRY(people.acknowledge(person, identity::kPolicyVersion, identity::kTermsVersion, "ru"));  // nobody is behind it
  return person;
}

Result<projects::AccountRow> demo_page(Instance& instance, std::int64_t user, std::int64_t project) {
  const std::string url = instance.stores().identity->settings().public_url;
  TRY_ASSIGN(const accounts::ConnectOutcome outcome,
             instance.services().connections.connect({.user_id = user,
                                                      .session_id = 0,
                                                      .project_id = project,
                                                      .channel = "own_page",
                                                      .fields = {{"handle", "soyka"}, {"title", "Сойка, обжарка"}},
                                                      .public_url = url,
                                                      .language = "ru"}));
  return std::get<projects::AccountRow>(outcome);
}

// One post: two weeks back go out at once through the real engine's tables; what lies ahead is planned.
Result<> demo_post(Instance& instance, std::int64_t user, const projects::AccountRow& page, std::string_view text,
                   Instant at) {
  auto& with = instance.services();
  return with.database.write([&](storage::Transaction& tx) -> Result<> {
    publications::Publication p;
    p.project_id = page.project_id;
    p.author_id = user;
    p.timing = publications::Timing::kAt;
    p.zone = kZone;
    p.wall_time = to_wall(at, kZone);
    p.instant = at;
    p.language = "ru";
    p.account_ids = {page.id};
    p.details = {{.account_id = {}, .text = std::string(text), .pictures = {}}};
    TRY_ASSIGN(const publications::Publication saved, with.publications.save(tx, std::move(p)));
    return with.planning.plan(tx, saved, {page}, false);
  });
}

}  // namespace

Result<> fill_with_demo(Instance& instance) {
  auto& with = instance.services();
  if (with.identity.settings().set_up) return {};
  const std::string password = with.random.token(12);
  TRY_ASSIGN(const std::int64_t user, demo_person(instance, password));
  TRY_ASSIGN(const projects::Project project, with.database.write([&](storage::Transaction& tx) {
    return with.projects.create(tx, user, "Сойка, обжарка", std::string(kZone));
  }));
  TRY_ASSIGN(const projects::AccountRow page, demo_page(instance, user, project.id));
  const Instant now = with.clock.now();
  for (std::size_t i = 0; i < kPosts.size(); ++i) {
    // Every second day at 12:30: the first three are due now and go out at once, the rest fill the weeks ahead.
    WallTime wall = to_wall(i < 3 ? now : now + days(static_cast<std::int64_t>(i - 2) * 2), kZone);
    if (i >= 3) wall.hour = 12, wall.minute = 30, wall.second = 0;
    TRY_ASSIGN(const Instant at, to_instant(wall, kZone, Fold::kEarlier));
    TRY(demo_post(instance, user, page, kPosts[i], at));
  }
  with.wake_engine();
  std::printf("Demo project made. Sign in as %.*s with the password %s\n", static_cast<int>(kEmail.size()), kEmail.data(),
              password.c_str());
  return {};
}

}  // namespace postmypost::app
