//! What a salesperson reads on the card of a call that no model summarised.

use domain::messages::Language;
use domain::text::Group;
use rstest::rstest;
use speech::{Summariser, Summary, SummaryRequest};

async fn summary(transcript: &str) -> Summary {
    let request = SummaryRequest {
        transcript: transcript.into(),
        direction: None,
        duration_seconds: 60,
        language: Some(Language::English),
        statuses: Vec::new(),
        occurred_at: None,
        time_zone: None,
    };
    let summarised = Summariser::Offline.summarise(&request).await;
    summarised.expect("offline never fails")
}

async fn is_about(transcript: &str, service: &str) {
    let summary = summary(transcript).await;
    assert_eq!(
        summary.service.as_deref(),
        Some(service),
        "{}",
        summary.summary
    );
}

fn line<'a>(summary: &'a Summary, label: &str) -> Option<&'a str> {
    let mut lines = summary.summary.lines();
    lines.find_map(|line| line.strip_prefix(label)?.strip_prefix(": "))
}

#[rstest]
#[case(
    "Agent: Hi, it's Jo from Oak, you enquired about a new staircase.",
    "new staircase"
)]
#[case(
    "Agent: Morning, I'm calling about your dog grooming enquiry.",
    "dog grooming"
)]
#[case(
    "Agent: Hi, Kim from the school regarding the evening Spanish classes.",
    "evening Spanish classes"
)]
#[case(
    "Agent: Hello, you had our quote for the greenhouse, right?",
    "greenhouse"
)]
#[case(
    "Agent: Sorry about that. How about Monday? It is about 40 metres. About the loft, then.",
    "loft"
)]
#[case(
    "Agent: Hi.\nCustomer: I need somebody to fix a weather vane.",
    "fix a weather vane"
)]
#[tokio::test]
async fn the_opening_names_the_topic(#[case] opening: &str, #[case] topic: &str) {
    let summary = summary(&format!(
        "{opening}\nCustomer: Of course, I rent near a garage."
    ))
    .await;
    assert_eq!(line(&summary, "Topic"), Some(topic), "{}", summary.summary);
}

#[rstest]
#[case(
    "נציגה: שלום, נועה מבית טוב, בקשר לניקוי הווילונות.",
    "ניקוי הווילונות"
)]
#[case("נציגה: השארת אצלנו פרטים לגבי החלפת דלת כניסה.", "החלפת דלת כניסה")]
#[case("נציגה: ראינו שהתעניינת אצלנו באילוף הכלב שלך.", "אילוף הכלב")]
#[case(
    "נציגה: מדברת רות, בנוגע להצעת המחיר לניקוי חלון הראווה ששלחנו.",
    "ניקוי חלון הראווה"
)]
#[case("נציגה: היי, בעניין ההנדסה של הגשר.", "הנדסה")]
#[tokio::test]
async fn the_opening_names_the_topic_in_hebrew(#[case] opening: &str, #[case] topic: &str) {
    let summary = summary(&format!(
        "{opening}\nלקוח: ראיתי אתכם באתר, אני גר בשכירות."
    ))
    .await;
    assert_eq!(line(&summary, "נושא"), Some(topic), "{}", summary.summary);
}

#[rstest]
#[case::who_we_are(
    "נציג: הדברות כרמל, בוקר טוב.\nלקוחה: מצאתי משהו שזוחל במגירה.",
    "הדברה"
)]
#[case::not_the_one_we_ask_about(
    "נציגה: סוכנות הביטוח גל. זה לביטוח בריאות?\nלקוח: לא בריאות, אני צריך לרכב.",
    "ביטוח רכב"
)]
#[case::the_finer_one(
    "נציג: הובלות אריאל.\nלקוח: הובלה של פסנתר, קומה שנייה.",
    "הובלת פסנתר"
)]
#[case::in_another_form("נציגה: מספריית רוני.\nלקוחה: יש תור לתספורת?", "מספרה")]
#[case::not_wanted(
    "Agent: Paws grooming and boarding.\nCustomer: I don't need grooming. Boarding for a week.",
    "dog boarding"
)]
#[case::who_we_are_in_english(
    "Agent: Hale and Sons, locksmiths.\nCustomer: It won't turn any more.",
    "locksmith"
)]
#[tokio::test]
async fn a_service_has_one_plain_name(#[case] transcript: &str, #[case] service: &str) {
    is_about(transcript, service).await;
}

#[rstest]
#[case(
    "נציג: שלום, איך אפשר לעזור?\nלקוח: הכיור במטבח עולה על גדותיו והפומפה לא עזרה.",
    "פתיחת סתימות"
)]
#[case(
    "נציגה: ערב טוב.\nלקוחה: אנחנו יוצאים בחמישי בערב ומחפשים מישהי שתשכיב את הקטנים ותישאר עד חצות.",
    "בייביסיטר"
)]
#[case(
    "נציג: כן, שלום.\nלקוח: נגמר לי הטסט ואני צריך שמישהו יעביר אותו במקומי",
    "טסט לרכב"
)]
#[case(
    "נציגה: היי.\nלקוחה: הכלבה שלי לא אוכלת מאתמול והבטן שלה נפוחה.",
    "וטרינר"
)]
#[case(
    "Agent: Good morning.\nCustomer: Something is crawling behind the cooker every night, I want the whole flat sprayed.",
    "pest control"
)]
#[case(
    "Agent: Hello?\nCustomer: I locked myself out and the key is on the inside of the door.",
    "locksmith"
)]
#[case(
    "Agent: Hi there.\nCustomer: My tooth broke on an olive and it hurts when I drink anything cold.",
    "dentist"
)]
#[tokio::test]
async fn a_problem_tells_the_service_that_nobody_names(
    #[case] transcript: &str,
    #[case] service: &str,
) {
    is_about(transcript, service).await;
}

#[rstest]
#[case(
    "נציגה: שלום, מדברת יעל. מתי נוח לך שנדבר?\nלקוח: אני בעבודה עכשיו, תתקשרי אחרי חמש. וכמה זה יעלה לי עם המע\"מ?\n\
     נציגה: נחזור אליך בחמש.\nלקוח: תודה, ביי."
)]
#[case(
    "Agent: Hi, it's Sam. Is this a good time?\nCustomer: I'm driving, can you ring me after six? And what does it come to with \
     VAT?\nAgent: I'll ring you after six.\nCustomer: Thanks, bye."
)]
#[tokio::test]
async fn arranging_a_time_and_asking_for_the_price_tells_no_service(#[case] transcript: &str) {
    let summary = summary(transcript).await;
    assert_eq!(summary.service, None, "{}", summary.summary);
}

#[rstest]
#[case("נציגה: מספרת נועם, שלום.\nלקוח: אפשר את רותי? אה, סליחה, טעיתי במספר.")]
#[case("Agent: Hale locksmiths.\nCustomer: Is Ruth there? Sorry, I must have the wrong number.")]
#[tokio::test]
async fn who_dialled_a_wrong_number_came_for_nothing(#[case] transcript: &str) {
    let summary = summary(transcript).await;
    assert_eq!(summary.service, None, "{}", summary.summary);
}

#[rstest]
#[case("Agent: Hello, it's Jo.\nCustomer: Of course, hello. Who is this? I rent here.")]
#[case("נציגה: שלום, מדברת נועה.\nלקוח: מאיפה המספר? לא מילאתי כלום באתר שלכם.")]
#[tokio::test]
async fn an_unknown_topic_is_left_out(#[case] transcript: &str) {
    let summary = summary(transcript).await;
    assert_eq!(summary.service, None, "{}", summary.summary);
    assert!(line(&summary, "Topic").or(line(&summary, "נושא")).is_none());
    assert!(
        line(&summary, "Said")
            .or(line(&summary, "מה נאמר"))
            .is_some()
    );
}

#[tokio::test]
async fn a_card_holds_the_customers_words_the_price_the_outcome_and_what_happens_next() {
    let summary = summary(
        "Agent: Hi Ruth, it's Tom from Oak, about your stairs.\n\
         Customer: Yes, hello! They creak, all thirteen steps of them.\n\
         Agent: Where are you?\n\
         Customer: Harrogate.\n\
         Agent: A repair is about £480. Anything else?\n\
         Customer: No. I need to think about it. Call me on Friday.\n\
         Agent: I'll ring you on Friday. Bye!\n\
         Customer: Call me on Friday. Thanks, bye.",
    )
    .await;
    assert_eq!(summary.group, Some(Group::FollowUp));
    assert_eq!(
        summary.summary,
        "Topic: stairs\n\
         Said: They creak, all thirteen steps of them. Harrogate. I need to think about it. Call me on Friday.\n\
         We said: A repair is about £480.\n\
         Outcome: Asked to be called again\n\
         Next step: I'll ring you on Friday."
    );
}

#[tokio::test]
async fn an_endless_sentence_is_cut_at_a_word() {
    let summary = summary(&format!(
        "Customer: I want {}",
        "a very long thing ".repeat(200)
    ))
    .await;
    let said = line(&summary, "Said").expect("said");
    assert!(said.chars().count() < 240 && said.ends_with('…'), "{said}");
}

#[rstest]
#[case::where_the_work_is("לקוחה: אנחנו במודיעין כרגע אבל המטבח הוא לדירה בחריש.", "חריש")]
#[case::of_another_person("לקוח: אני ברעננה אבל הוא בנתניה ולא נוהג.", "נתניה")]
#[case::an_answer_comes_first("נציגה: מאיפה אתה?\nלקוח: אופקים. הקורס רק בבאר שבע?", "אופקים")]
#[case::not_our_branch(
    "נציגה: סטודיו ליבה באבן יהודה.\nלקוחה: אני בתל מונד, יש ערב?",
    "תל מונד"
)]
#[case::that_our_side_names("נציג: זה בקשר לפרקט בדירה ביהוד.\nלקוח: כן, אני שומע.", "יהוד")]
#[case::an_abbreviation("לקוח: הברית באולם של ההורים שלי בפ\"ת.", "פתח תקווה")]
#[case::another_spelling("לקוח: אני בקרית אתא, דירה עם חדר פנוי.", "קריית אתא")]
#[case::a_move_begins_there("נציג: הובלות הצפון.\nלקוח: אני עובר מחיפה לנתניה.", "חיפה")]
#[case::a_small_place("לקוחה: זה במושב נהלל, ליד הכיכר.", "נהלל")]
#[tokio::test]
async fn the_place_is_where_the_work_is_to_be_done(#[case] said: &str, #[case] place: &str) {
    let summary = summary(said).await;
    assert_eq!(summary.city.as_deref(), Some(place), "{}", summary.summary);
}

#[rstest]
#[case::a_street("לקוח: הבית ברחוב ירושלים, מדרגות כחולות.")]
#[case::a_first_name("נציגה: אני מדברת עם יעל?\nלקוחה: כן, יעל.")]
#[case::a_machine("לקוח: הגעתם לתא קולי, נא להשאיר הודעה.")]
#[tokio::test]
async fn what_only_sounds_like_a_place_is_none(#[case] said: &str) {
    let summary = summary(said).await;
    assert_eq!(summary.city, None, "{}", summary.summary);
}

#[tokio::test]
async fn a_card_says_why_we_called_what_is_asked_for_and_what_it_costs() {
    let summary = summary(
        "Agent: Good morning, you left your details with us on the website yesterday evening.\n\
         Customer: Right. The boiler loses pressure.\n\
         Agent: A visit is 85, parts on top.\n\
         Customer: Well, yes, send me that in writing.",
    )
    .await;
    assert_eq!(
        line(&summary, "Background"),
        Some("Good morning, you left your details with us on the website yesterday evening.")
    );
    let said = line(&summary, "Said").expect("said");
    assert!(said.ends_with("send me that in writing."), "{said}");
    assert_eq!(
        line(&summary, "We said"),
        Some("A visit is 85, parts on top.")
    );
}

#[rstest]
#[case("Agent: Hi Kevin, this is Grace with Brightside Home Services.")]
#[case("נציגה: שלום רות, מדברת נועה מחברת הניקיון בית טוב בחיפה.")]
#[tokio::test]
async fn who_speaks_is_no_reason_to_call(#[case] opening: &str) {
    let summary = summary(&format!(
        "{opening}\nCustomer: I have told you people, it is done."
    ))
    .await;
    let background = line(&summary, "Background").or(line(&summary, "רקע"));
    assert_eq!(background, None, "{}", summary.summary);
    assert_ne!(summary.service.as_deref(), Some("IT services"));
}
