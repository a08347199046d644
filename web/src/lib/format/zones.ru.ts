// Cities of time zones in Russian, the ones people plan in most; the rest keep their Latin names.
const lines = `
Europe: Moscow Москва, Kaliningrad Калининград, Samara Самара, Volgograd Волгоград, Saratov Саратов, Ulyanovsk Ульяновск, Astrakhan Астрахань, Kirov Киров, Simferopol Симферополь, Minsk Минск, Kyiv Киев, Kiev Киев, Chisinau Кишинёв, Riga Рига, Vilnius Вильнюс, Tallinn Таллин, Helsinki Хельсинки, Stockholm Стокгольм, Oslo Осло, Copenhagen Копенгаген, Berlin Берлин, Amsterdam Амстердам, Brussels Брюссель, Paris Париж, London Лондон, Dublin Дублин, Lisbon Лиссабон, Madrid Мадрид, Rome Рим, Vienna Вена, Zurich Цюрих, Prague Прага, Warsaw Варшава, Budapest Будапешт, Belgrade Белград, Zagreb Загреб, Ljubljana Любляна, Podgorica Подгорица, Sarajevo Сараево, Skopje Скопье, Sofia София, Bucharest Бухарест, Athens Афины, Istanbul Стамбул, Bratislava Братислава, Luxembourg Люксембург, Monaco Монако, Malta Мальта
Asia: Yekaterinburg Екатеринбург, Omsk Омск, Novosibirsk Новосибирск, Barnaul Барнаул, Tomsk Томск, Novokuznetsk Новокузнецк, Krasnoyarsk Красноярск, Irkutsk Иркутск, Chita Чита, Yakutsk Якутск, Khandyga Хандыга, Vladivostok Владивосток, Ust-Nera Усть-Нера, Magadan Магадан, Sakhalin Сахалин, Srednekolymsk Среднеколымск, Kamchatka Камчатка, Anadyr Анадырь, Almaty Алматы, Qyzylorda Кызылорда, Aqtobe Актобе, Aqtau Актау, Atyrau Атырау, Oral Уральск, Qostanay Костанай, Tashkent Ташкент, Samarkand Самарканд, Bishkek Бишкек, Dushanbe Душанбе, Ashgabat Ашхабад, Baku Баку, Yerevan Ереван, Tbilisi Тбилиси, Nicosia Никосия, Jerusalem Иерусалим, Dubai Дубай, Riyadh Эр-Рияд, Tehran Тегеран, Kolkata Калькутта, Bangkok Бангкок, Singapore Сингапур, Hong_Kong Гонконг, Shanghai Шанхай, Taipei Тайбэй, Seoul Сеул, Tokyo Токио, Jakarta Джакарта, Makassar Макасар, Ulaanbaatar Улан-Батор, Ho_Chi_Minh Хошимин, Manila Манила, Colombo Коломбо
America: New_York Нью-Йорк, Chicago Чикаго, Denver Денвер, Los_Angeles Лос-Анджелес, Toronto Торонто, Vancouver Ванкувер, Mexico_City Мехико, Sao_Paulo Сан-Паулу, Argentina/Buenos_Aires Буэнос-Айрес, Santiago Сантьяго, Bogota Богота, Lima Лима, Havana Гавана, Anchorage Анкоридж, Phoenix Финикс
Africa: Cairo Каир, Johannesburg Йоханнесбург, Nairobi Найроби, Lagos Лагос, Casablanca Касабланка, Tunis Тунис
Australia: Sydney Сидней, Melbourne Мельбурн, Perth Перт, Brisbane Брисбен
Pacific: Auckland Окленд, Honolulu Гонолулу
`;

export const russianCities = new Map<string, string>(
  lines
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [region, cities = ''] = line.split(': ');
      return cities.split(', ').map((pair): [string, string] => {
        const space = pair.indexOf(' ');
        return [`${region}/${pair.slice(0, space)}`, pair.slice(space + 1)];
      });
    }),
);
