//! What the metrics of the catalogue measure and how, in German, by their English sentences and the parts of their formulas: many metrics
//! say the same.

use super::Language;
use std::collections::HashMap;
use std::sync::LazyLock;

static GERMAN: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| SENTENCES.iter().chain(FORMULAS).copied().collect());

impl Language {
    /// What a metric of the catalogue measures; a sentence that is not known stays as it is.
    pub(crate) fn description(self, english: &str) -> String {
        english.split_inclusive(". ").map(|sentence| self.part(sentence.trim_end())).collect::<Vec<_>>().join(" ")
    }

    /// How a metric of the catalogue is computed, likewise.
    pub(crate) fn formula(self, english: &str) -> String {
        english.split("; ").map(|part| self.part(part)).collect::<Vec<_>>().join("; ")
    }

    fn part(self, english: &str) -> &str {
        match self {
            Language::English => english,
            Language::German => GERMAN.get(english).copied().unwrap_or(english),
        }
    }
}

/// Sentences that say what a metric measures.
static SENTENCES: &[(&str, &str)] = &[
    (
        "How many commits a successful production deployment is the first to carry.",
        "Wie viele Commits ein erfolgreiches Deployment in die Produktion als erstes mitbringt.",
    ),
    (
        "Small batches are easier to understand, to test and to take back.",
        "Kleine Lose sind leichter zu verstehen, zu testen und zurückzunehmen.",
    ),
    (
        "First deployments are excluded, and so are those that carried nothing new or whose commits are not known.",
        "Erste Deployments sind ausgeschlossen, ebenso solche, die nichts Neues mitbrachten oder deren Commits nicht bekannt sind.",
    ),
    (
        "The share of finished runs of build and test pipelines that fail.",
        "Der Anteil der beendeten Läufe von Build- und Testpipelines, die scheitern.",
    ),
    ("Each attempt is a run.", "Jeder Versuch ist ein Lauf."),
    (
        "Cancelled runs are excluded, running ones are open.",
        "Abgebrochene Läufe sind ausgeschlossen, laufende sind offen.",
    ),
    (
        "The share of failed runs after which the same pipeline succeeded on the same commit: nothing was mended, so the failure told of the pipeline and not of the change.",
        "Der Anteil der gescheiterten Läufe, nach denen dieselbe Pipeline auf demselben Commit gelang: Nichts wurde behoben, also sprach das Scheitern von der Pipeline und nicht von der Änderung.",
    ),
    (
        "How long a run of a build or test pipeline takes that succeeds.",
        "Wie lange ein Lauf einer Build- oder Testpipeline dauert, der gelingt.",
    ),
    (
        "The share of changes that reached production as a commit outside of any pull request.",
        "Der Anteil der Änderungen, die als Commit außerhalb eines Pull Requests in die Produktion kamen.",
    ),
    (
        "It counts in the period in which they were deployed.",
        "Sie zählen in der Periode, in der sie ausgeliefert wurden.",
    ),
    (
        "What the first deployment carried is excluded: it is the whole history; and so is what was not deployed yet.",
        "Was das erste Deployment mitbrachte, ist ausgeschlossen: Es ist die ganze Vorgeschichte; ebenso, was noch nicht ausgeliefert wurde.",
    ),
    (
        "The share of merged pull requests that are unplanned fixes, as their branches, titles or labels say.",
        "Der Anteil der gemergten Pull Requests, die ungeplante Behebungen sind, wie ihre Branches, Titel oder Labels sagen.",
    ),
    ("Pull requests by programs are excluded.", "Pull Requests von Programmen sind ausgeschlossen."),
    (
        "How many pull requests were open and idle at the end of a period; of one that still runs, now.",
        "Wie viele Pull Requests am Ende einer Periode offen waren und ruhten; bei einer, die noch läuft, jetzt.",
    ),
    (
        "One is idle when nobody committed to it, reviewed it or commented on it for as many whole working days as the tenant says (five, unless it says otherwise), and until somebody does or it is closed.",
        "Einer ruht, wenn so viele ganze Arbeitstage lang, wie die Organisation sagt (fünf, wenn sie nichts anderes sagt), niemand dazu einen Commit, ein Review oder einen Kommentar schrieb, und bis das jemand tut oder er geschlossen wird.",
    ),
    (
        "Drafts do not count, and pull requests by programs are excluded.",
        "Entwürfe zählen nicht, und Pull Requests von Programmen sind ausgeschlossen.",
    ),
    (
        "One that left draft and is one again is excluded while it is.",
        "Einer, der kein Entwurf mehr war und wieder einer ist, ist ausgeschlossen, solange er es ist.",
    ),
    (
        "One that was open when its repository was deleted is excluded, too.",
        "Auch einer, der offen war, als sein Repository gelöscht wurde, ist ausgeschlossen.",
    ),
    (
        "How long the pull requests that were open at the end of a period had been so by then, nights and weekends included; of a period that still runs, by now.",
        "Wie lange die Pull Requests, die am Ende einer Periode offen waren, es bis dahin gewesen waren, Nächte und Wochenenden eingeschlossen; bei einer Periode, die noch läuft, bis jetzt.",
    ),
    (
        "How many pull requests could be reviewed and were neither merged nor closed at the end of a period; of one that still runs, now.",
        "Wie viele Pull Requests am Ende einer Periode auf ein Review warten konnten und weder gemergt noch geschlossen waren; bei einer, die noch läuft, jetzt.",
    ),
    (
        "The share of merged pull requests that add and delete more than 1,000 lines, which is usually too much to review well.",
        "Der Anteil der gemergten Pull Requests, die mehr als 1.000 Zeilen hinzufügen und löschen, was meist zu viel für ein gutes Review ist.",
    ),
    ("They count in the period of the merge.", "Sie zählen in der Periode des Merges."),
    (
        "Pull requests by programs are excluded, and so are those that were closed without a merge; open ones are open.",
        "Pull Requests von Programmen sind ausgeschlossen, ebenso solche, die ohne Merge geschlossen wurden; offene sind offen.",
    ),
    (
        "How long an approved pull request waits for its merge.",
        "Wie lange ein genehmigter Pull Request auf seinen Merge wartet.",
    ),
    ("In working hours of the tenant's calendar.", "In Arbeitsstunden des Kalenders der Organisation."),
    ("It counts in the period of the merge.", "Er zählt in der Periode des Merges."),
    (
        "How long a pull request is open, from when it could be reviewed to its merge.",
        "Wie lange ein Pull Request offen ist, von dem Zeitpunkt an, zu dem er ein Review bekommen konnte, bis zu seinem Merge.",
    ),
    (
        "How long a pull request waits for its first review by another person, from when it could be reviewed.",
        "Wie lange ein Pull Request auf sein erstes Review durch eine andere Person wartet, von dem Zeitpunkt an, zu dem er eines bekommen konnte.",
    ),
    (
        "How long the review of a pull request takes, from the first review to the last approval, or to the merge when nobody approved.",
        "Wie lange das Review eines Pull Requests dauert, vom ersten Review bis zur letzten Genehmigung oder, wenn niemand genehmigt hat, bis zum Merge.",
    ),
    (
        "How much of its review a pull request spends in rework: from each request for changes to the next review.",
        "Wie viel seines Reviews ein Pull Request in Nacharbeit verbringt: von jeder Bitte um Änderungen bis zum nächsten Review.",
    ),
    ("One without such a request has none, which is 0.", "Einer ohne eine solche Bitte hat keine, also 0."),
    (
        "How many lines a merged pull request adds and deletes.",
        "Wie viele Zeilen ein gemergter Pull Request hinzufügt und löscht.",
    ),
    ("Small ones are reviewed sooner and better.", "Kleine bekommen eher ein Review, und ein besseres."),
    ("How often a release is published.", "Wie oft ein Release veröffentlicht wird."),
    ("Pre-releases and drafts are excluded.", "Vorabversionen und Entwürfe sind ausgeschlossen."),
    (
        "What is released need not be deployed: see Deployment frequency.",
        "Was veröffentlicht wird, muss nicht ausgeliefert sein: siehe Häufigkeit der Deployments.",
    ),
    (
        "The share of merged pull requests that take back an earlier change, as their titles or commits say.",
        "Der Anteil der gemergten Pull Requests, die eine frühere Änderung zurücknehmen, wie ihre Titel oder Commits sagen.",
    ),
    (
        "What the commits of one take back of each other is no earlier change, and what takes back a revert puts the change in again.",
        "Was die Commits eines Pull Requests voneinander zurücknehmen, ist keine frühere Änderung, und was einen Revert zurücknimmt, bringt die Änderung wieder hinein.",
    ),
    (
        "The share of reviews that the two people made who reviewed most in their repository in that month: how much reviewing hangs on few.",
        "Der Anteil der Reviews, die von den beiden Personen stammen, von denen in diesem Monat in ihrem Repository die meisten waren: wie viel des Reviewens an wenigen hängt.",
    ),
    ("Months are those of UTC.", "Monate sind die nach UTC."),
    ("It is 1 where two people review everything.", "Er ist 1, wo zwei Personen alles reviewen."),
    (
        "Where a repository had fewer than five reviews in a month, those say nothing of it and are excluded.",
        "Hatte ein Repository in einem Monat weniger als fünf Reviews, so sagen sie nichts darüber und sind ausgeschlossen.",
    ),
    ("It is of teams and repositories and never of a person.", "Er gilt Teams und Repositorys und nie einer Person."),
    (
        "How many reviews of other people's pull requests a team submits: what the changes of all cost it.",
        "Wie viele Reviews der Pull Requests anderer ein Team abgibt: was es die Änderungen aller kosten.",
    ),
    (
        "Reviews of one's own pull requests, by programs, of drafts and after the merge are excluded, and so are those of which nobody knows who made them or whose pull request it is.",
        "Reviews der eigenen Pull Requests, von Programmen, von Entwürfen und nach dem Merge sind ausgeschlossen, ebenso solche, von denen niemand weiß, von wem sie sind oder wem der Pull Request gehört.",
    ),
    ("It is of teams and never of a person.", "Sie gilt Teams und nie einer Person."),
    (
        "How long a review is waited for, from when the pull request could be reviewed, or from the review before.",
        "Wie lange auf ein Review gewartet wird, von dem Zeitpunkt an, zu dem der Pull Request eines bekommen konnte, oder vom Review davor.",
    ),
    (
        "By team it is the reviewers', while Pull request pickup time is the authors'.",
        "Nach Team ist es das der Reviewer, bei der Wartezeit auf das erste Review das der Autoren.",
    ),
    (
        "How many other people reviewed a merged pull request: how widely reviewing, and so knowing the code, is spread.",
        "Wie viele andere Personen einen gemergten Pull Request reviewt haben: wie breit das Reviewen und damit die Kenntnis des Codes verteilt ist.",
    ),
    (
        "The share of pull requests that were merged without a review by another person.",
        "Der Anteil der Pull Requests, die ohne Review durch eine andere Person gemergt wurden.",
    ),
    (
        "Who reviewed one while it was a draft has seen it.",
        "Wer einen reviewt hat, als er noch ein Entwurf war, hat ihn gesehen.",
    ),
    (
        "Where nobody knows who reviewed it, it is excluded.",
        "Wo niemand weiß, wer ihn reviewt hat, ist er ausgeschlossen.",
    ),
    (
        "Pull requests by programs are excluded, and so are those that do not go into the default branch.",
        "Pull Requests von Programmen sind ausgeschlossen, ebenso solche, die nicht in den Hauptbranch gehen.",
    ),
    (
        "The share of successful production deployments that needed immediate intervention: an incident, a rollback or a hotfix is linked to them.",
        "Der Anteil der erfolgreichen Deployments in die Produktion, die ein sofortiges Eingreifen brauchten: Eine Störung, ein Rollback oder ein Hotfix ist mit ihnen verknüpft.",
    ),
    (
        "What was closed without having been an incident, as a duplicate or a false alarm, does not count as one.",
        "Was geschlossen wurde, ohne eine Störung gewesen zu sein, etwa als Duplikat oder Fehlalarm, zählt nicht als eine.",
    ),
    (
        "A deployment counts once, however many incidents it caused.",
        "Ein Deployment zählt einmal, wie viele Störungen es auch verursacht hat.",
    ),
    (
        "Deployments that failed before they reached production are shown as excluded, not counted.",
        "Deployments, die scheiterten, bevor sie die Produktion erreichten, werden als ausgeschlossen gezeigt und nicht gezählt.",
    ),
    (
        "How long a change takes from its first commit to production.",
        "Wie lange eine Änderung von ihrem ersten Commit bis in die Produktion braucht.",
    ),
    (
        "A change is one merged pull request, or one commit that reached production outside of one.",
        "Eine Änderung ist ein gemergter Pull Request oder ein Commit, der außerhalb eines solchen in die Produktion kam.",
    ),
    ("It counts in the period in which it was deployed.", "Sie zählt in der Periode, in der sie ausgeliefert wurde."),
    ("How often production is deployed to with success.", "Wie oft mit Erfolg in die Produktion ausgeliefert wird."),
    (
        "Periods without a deployment count as zero, from the first commit on.",
        "Perioden ohne Deployment zählen als null, vom ersten Commit an.",
    ),
    (
        "Seven calendar days are a week, and of a period that is still running only the part that has passed counts.",
        "Sieben Kalendertage sind eine Woche, und von einer Periode, die noch läuft, zählt nur der vergangene Teil.",
    ),
    (
        "The share of production deployments that nobody planned and that were made to fix a production incident.",
        "Der Anteil der Deployments in die Produktion, die niemand geplant hatte und die eine Störung der Produktion beheben sollten.",
    ),
    (
        "How long it takes to recover from a production deployment that needed immediate intervention.",
        "Wie lange die Erholung von einem Deployment in die Produktion dauert, das ein sofortiges Eingreifen brauchte.",
    ),
    (
        "It counts in the period in which the deployment finished.",
        "Sie zählt in der Periode, in der das Deployment endete.",
    ),
    (
        "Failures that nobody has recovered from yet are shown as open: they have no time that could be counted, and leaving them out of sight would make the figure look better than it is.",
        "Fehlschläge, von denen sich noch niemand erholt hat, werden als offen gezeigt: Sie haben keine Zeit, die zählen könnte, und ohne sie sähe die Zahl besser aus, als sie ist.",
    ),
    ("From the first commit to the opened pull request.", "Vom ersten Commit bis zum geöffneten Pull Request."),
    (
        "A stage of change lead time, over the same changes: those with a lead time, in the period in which they were deployed.",
        "Eine Phase der Durchlaufzeit, über dieselben Änderungen: die mit einer Durchlaufzeit, in der Periode, in der sie ausgeliefert wurden.",
    ),
    (
        "A change without this stage is excluded from it, never counted as 0.",
        "Eine Änderung ohne diese Phase ist von ihr ausgeschlossen und zählt nie als 0.",
    ),
    ("From the merge to production.", "Vom Merge bis in die Produktion."),
    (
        "From the opened pull request to the first review by another person; bots and drafts do not count.",
        "Vom geöffneten Pull Request bis zum ersten Review durch eine andere Person; Bots und Entwürfe zählen nicht.",
    ),
    (
        "From the first review by another person to the merge.",
        "Vom ersten Review durch eine andere Person bis zum Merge.",
    ),
    (
        "Where the effort goes: work items done, by class (`feature`, `defect`, `debt`, `unplanned`).",
        "Wohin der Aufwand geht: fertige Vorgänge nach Klasse (`feature`, `defect`, `debt`, `unplanned`).",
    ),
    (
        "Each item has one class, and one whose type and labels tell none is `unclassified`, so that the classes add up to all that was done.",
        "Jeder Vorgang hat eine Klasse, und einer, dessen Typ und Labels keine sagen, ist `unclassified`, sodass die Klassen zusammen alles ergeben, was fertig wurde.",
    ),
    (
        "An item counts as what its type and labels say now: where they change, what was done before moves along.",
        "Ein Vorgang zählt als das, was Typ und Labels jetzt sagen: Ändern sie sich, so zieht mit um, was früher fertig wurde.",
    ),
    ("Items are counted, not hours.", "Vorgänge werden gezählt, nicht Stunden."),
    (
        "Epics and subtasks are excluded, and so are items whose status is not mapped: nobody knows whether they are done.",
        "Epics und Unteraufgaben sind ausgeschlossen, ebenso Vorgänge, deren Status nicht abgebildet ist: Niemand weiß, ob sie fertig sind.",
    ),
    (
        "What was closed without being done is excluded as abandoned.",
        "Was geschlossen wurde, ohne getan zu sein, ist als aufgegeben ausgeschlossen.",
    ),
    (
        "What is closed without being done is in progress until then.",
        "Was geschlossen wird, ohne getan zu sein, ist bis dahin in Arbeit.",
    ),
    (
        "What is closed without being done is in no stage from then on.",
        "Was geschlossen wird, ohne getan zu sein, ist von da an in keiner Phase.",
    ),
    ("What was closed without being done is not done.", "Was geschlossen wurde, ohne getan zu sein, ist nicht fertig."),
    (
        "What was closed without being done while it ran was taken out.",
        "Was geschlossen wurde, ohne getan zu sein, während er lief, wurde herausgenommen.",
    ),
    (
        "The share of their cycle time that done items were blocked: flagged, or in a status that says so.",
        "Der Anteil ihrer Bearbeitungszeit, in dem fertige Vorgänge blockiert waren: markiert oder in einem Status, der das sagt.",
    ),
    ("All items count together, each by its time.", "Alle Vorgänge zählen zusammen, jeder mit seiner Zeit."),
    (
        "How many work items were in each stage at the end of a period: asked by stage, the bands of a cumulative flow diagram.",
        "Wie viele Vorgänge am Ende einer Periode in jeder Phase waren: nach Phase gefragt die Bänder eines kumulierten Flussdiagramms.",
    ),
    (
        "Where stages are not mapped, the stage is the category of the status (`todo`, `doing`, `done`).",
        "Wo Phasen nicht abgebildet sind, ist die Phase die Kategorie des Status (`todo`, `doing`, `done`).",
    ),
    ("A band that grows is where work piles up.", "Ein Band, das wächst, ist da, wo sich Arbeit staut."),
    (
        "How long a work item takes from when work on it first began to when it was done, nights and weekends included.",
        "Wie lange ein Vorgang braucht, vom ersten Beginn der Arbeit daran bis er fertig war, Nächte und Wochenenden eingeschlossen.",
    ),
    (
        "It counts in the period in which it was done; one that was taken up again counts until it was last done.",
        "Er zählt in der Periode, in der er fertig wurde; einer, der wieder aufgenommen wurde, zählt, bis er zuletzt fertig war.",
    ),
    (
        "Items in work are open, in the period in which they were begun.",
        "Vorgänge in Arbeit sind offen, in der Periode, in der sie begonnen wurden.",
    ),
    (
        "One that was done without ever being begun has no cycle time.",
        "Einer, der fertig wurde, ohne je begonnen zu werden, hat keine Bearbeitungszeit.",
    ),
    (
        "The share of its time in work that a done item was worked on, and did not wait.",
        "Der Anteil seiner Zeit in Arbeit, in dem an einem fertigen Vorgang gearbeitet wurde und er nicht wartete.",
    ),
    (
        "Only where stages are mapped as active or waiting: all else is excluded.",
        "Nur wo Phasen als aktiv oder wartend abgebildet sind: Alles andere ist ausgeschlossen.",
    ),
    (
        "Of one that was done and taken up again, the time in which it was done is neither, unless done is a stage.",
        "Bei einem, der fertig war und wieder aufgenommen wurde, ist die Zeit, in der er fertig war, keins von beiden, sofern fertig keine Phase ist.",
    ),
    (
        "The share of the work items done that had been closed before, as done or not, and were taken up again.",
        "Der Anteil der fertigen Vorgänge, die schon einmal geschlossen worden waren, ob fertig oder nicht, und wieder aufgenommen wurden.",
    ),
    (
        "Those that were taken up again and are not done are open.",
        "Die wieder aufgenommen wurden und nicht fertig sind, sind offen.",
    ),
    (
        "The share of the work items done that went back to an earlier stage on their way.",
        "Der Anteil der fertigen Vorgänge, die unterwegs in eine frühere Phase zurückgingen.",
    ),
    (
        "Only where stages are mapped: all else is excluded.",
        "Nur wo Phasen abgebildet sind: Alles andere ist ausgeschlossen.",
    ),
    (
        "What was done and is taken up again is re-opened, and not returned.",
        "Was fertig war und wieder aufgenommen wird, ist wieder geöffnet und nicht zurückgegeben.",
    ),
    (
        "The share of what was in a sprint when it ended that was not done, whenever it had come in.",
        "Der Anteil dessen, was am Ende eines Sprints darin war und nicht fertig war, wann immer es hineingekommen war.",
    ),
    (
        "What was done already when it came in is excluded.",
        "Was schon fertig war, als es hineinkam, ist ausgeschlossen.",
    ),
    (
        "A sprint counts in the period in which it ended; what is in one that runs is open.",
        "Ein Sprint zählt in der Periode, in der er endete; was in einem ist, der läuft, ist offen.",
    ),
    ("Items are counted, whatever their estimate.", "Vorgänge werden gezählt, wie immer sie geschätzt sind."),
    (
        "The share of the points that were in a sprint when it ended that was not done, whenever it had come in.",
        "Der Anteil der Punkte, die am Ende eines Sprints darin waren und nicht fertig waren, wann immer sie hineingekommen waren.",
    ),
    (
        "Points are the estimate of now: one that was changed since counts as changed.",
        "Punkte sind die Schätzung von jetzt: Eine, die seither geändert wurde, zählt geändert.",
    ),
    ("Items without an estimate are excluded.", "Vorgänge ohne Schätzung sind ausgeschlossen."),
    (
        "How many items were in sprints when these began, which is what was committed to.",
        "Wie viele Vorgänge zu Beginn von Sprints darin waren, was ihre Zusage ist.",
    ),
    (
        "Held against throughput it says whether more is committed to than is done.",
        "Neben dem Durchsatz sagt sie, ob mehr zugesagt wird, als fertig wird.",
    ),
    (
        "The share of what was in a sprint when it began that was done when it ended.",
        "Der Anteil dessen, was zu Beginn eines Sprints darin war, das an seinem Ende fertig war.",
    ),
    ("What was in it then is its commitment.", "Was da darin war, ist seine Zusage."),
    (
        "The share of the points that were in a sprint when it began that was done when it ended.",
        "Der Anteil der Punkte, die zu Beginn eines Sprints darin waren, die an seinem Ende fertig waren.",
    ),
    ("These are its commitment in points.", "Diese sind seine Zusage in Punkten."),
    (
        "How much came into a sprint and was taken out of it while it ran, against what was in when it began.",
        "Wie viel in einen Sprint kam und aus ihm herausgenommen wurde, während er lief, gemessen an dem, was zu Beginn darin war.",
    ),
    (
        "An item that did both counts for both, so that the figure may be above 100 %.",
        "Ein Vorgang, mit dem beides geschah, zählt für beides, sodass die Zahl über 100 % liegen kann.",
    ),
    (
        "How many points came into a sprint and were taken out of it while it ran, against those that were in when it began.",
        "Wie viele Punkte in einen Sprint kamen und aus ihm herausgenommen wurden, während er lief, gemessen an denen, die zu Beginn darin waren.",
    ),
    (
        "How old work items were when they left a stage: how long they had been in work by then, nights and weekends included.",
        "Wie alt Vorgänge waren, als sie eine Phase verließen: wie lange sie bis dahin in Arbeit gewesen waren, Nächte und Wochenenden eingeschlossen.",
    ),
    (
        "Asked by stage, it is what the age of an item in progress is held against: one that is older than most were when they left its stage is late already.",
        "Nach Phase gefragt ist es das, woran das Alter eines Vorgangs in Arbeit gemessen wird: Einer, der älter ist, als die meisten beim Verlassen seiner Phase waren, ist schon spät.",
    ),
    (
        "An item counts once for each stage that it was in, in the period in which it last left it.",
        "Ein Vorgang zählt einmal für jede Phase, in der er war, in der Periode, in der er sie zuletzt verließ.",
    ),
    (
        "Where stages are not mapped, the stage is the category of the status.",
        "Wo Phasen nicht abgebildet sind, ist die Phase die Kategorie des Status.",
    ),
    (
        "Items that left a stage and are not done are open: they may come back to it.",
        "Vorgänge, die eine Phase verlassen haben und nicht fertig sind, sind offen: Sie können in sie zurückkommen.",
    ),
    ("How many work items are done.", "Wie viele Vorgänge fertig werden."),
    (
        "Periods without any count as zero, from the first deployment on.",
        "Perioden ohne welche zählen als null, vom ersten Deployment an.",
    ),
    (
        "Periods without any count as zero, from when the first was made.",
        "Perioden ohne welche zählen als null, von dann an, als der erste entstand.",
    ),
    (
        "An item counts once, when it was last done; its size does not matter.",
        "Ein Vorgang zählt einmal, wenn er zuletzt fertig wurde; seine Größe spielt keine Rolle.",
    ),
    (
        "The share of the work items done that nobody planned.",
        "Der Anteil der fertigen Vorgänge, die niemand geplant hatte.",
    ),
    (
        "Items whose type and labels tell no class are excluded: they may be either.",
        "Vorgänge, deren Typ und Labels keine Klasse sagen, sind ausgeschlossen: Sie können das eine oder das andere sein.",
    ),
    (
        "How many work items were begun and not done at the end of a period; of one that still runs, now.",
        "Wie viele Vorgänge am Ende einer Periode begonnen und nicht fertig waren; bei einer, die noch läuft, jetzt.",
    ),
    (
        "An item is in progress from when work on it first began until it was last done, also while it waits.",
        "Ein Vorgang ist in Arbeit, vom ersten Beginn der Arbeit daran, bis er zuletzt fertig war, auch während er wartet.",
    ),
    (
        "How long the items in progress at the end of a period had been in work by then; of a period that still runs, by now.",
        "Wie lange die Vorgänge, die am Ende einer Periode in Arbeit waren, es bis dahin gewesen waren; bei einer Periode, die noch läuft, bis jetzt.",
    ),
    (
        "It is the early sign of long cycle times: an item that is older than most were when they were done is late already.",
        "Es ist das frühe Zeichen langer Bearbeitungszeiten: Ein Vorgang, der älter ist, als die meisten waren, als sie fertig wurden, ist schon spät.",
    ),
    (
        "How long a work item takes from when a team committed to it to when it was done, nights and weekends included.",
        "Wie lange ein Vorgang braucht, von der Zusage eines Teams bis er fertig war, Nächte und Wochenenden eingeschlossen.",
    ),
    (
        "Committed to means that it came into a running sprint, or into a stage from the commitment on, or was begun, whichever was first.",
        "Zugesagt heißt, dass er in einen laufenden Sprint kam, oder in eine Phase von der Zusage an, oder begonnen wurde, was immer zuerst war.",
    ),
    ("It counts in the period in which it was done.", "Er zählt in der Periode, in der er fertig wurde."),
    ("Items that are committed to and not done are open.", "Vorgänge, die zugesagt und nicht fertig sind, sind offen."),
    (
        "The share of changes that belong to a team, by their author or by the project of their repository.",
        "Der Anteil der Änderungen, die zu einem Team gehören, nach ihrem Autor oder nach dem Projekt ihres Repositorys.",
    ),
    ("The others are in no team's figures.", "Die anderen sind in den Zahlen keines Teams."),
    (
        "The share of work items that belong to a team, by who they are assigned to or by their project.",
        "Der Anteil der Vorgänge, die zu einem Team gehören, danach, wem sie zugewiesen sind, oder nach ihrem Projekt.",
    ),
    ("Epics and subtasks are excluded.", "Epics und Unteraufgaben sind ausgeschlossen."),
    (
        "It counts in the period in which an item was made.",
        "Er zählt in der Periode, in der ein Vorgang angelegt wurde.",
    ),
    (
        "The share of work items done whose type and labels tell where the effort went.",
        "Der Anteil der fertigen Vorgänge, deren Typ und Labels sagen, wohin der Aufwand ging.",
    ),
    (
        "The share of work items done to which code belongs: a merged pull request or a commit names the item, or one of its subtasks, by its key, or by one that it had before, or its source knows of it.",
        "Der Anteil der fertigen Vorgänge, zu denen Code gehört: Ein gemergter Pull Request oder ein Commit nennt den Vorgang oder eine seiner Unteraufgaben beim Schlüssel oder bei einem früheren, oder die Quelle weiß davon.",
    ),
    ("Some need no code: it need not reach 100 %.", "Manche brauchen keinen Code: Er muss nicht 100 % erreichen."),
    (
        "The share of merged pull requests that belong to a work item, so that what was delivered can be told: they, or a commit of theirs, name it by its key, or its source knows of them.",
        "Der Anteil der gemergten Pull Requests, die zu einem Vorgang gehören, sodass gesagt werden kann, was ausgeliefert wurde: Sie oder einer ihrer Commits nennen ihn bei seinem Schlüssel, oder ihre Quelle weiß davon.",
    ),
    (
        "The share of incidents of which the deployment that caused them is known.",
        "Der Anteil der Störungen, von denen das Deployment bekannt ist, das sie verursacht hat.",
    ),
    (
        "The share of incidents that belong to a team: the one that owns the service that failed.",
        "Der Anteil der Störungen, die zu einem Team gehören: dem, das den ausgefallenen Dienst besitzt.",
    ),
    (
        "Some have another cause: it need not reach 100 %.",
        "Manche haben eine andere Ursache: Er muss nicht 100 % erreichen.",
    ),
    (
        "In SQL the table of incidents says by which rule each is linked, or why not.",
        "In SQL sagt die Tabelle der Störungen, nach welcher Regel jede verknüpft ist, oder warum nicht.",
    ),
    (
        "The share of work items whose status is mapped to a category.",
        "Der Anteil der Vorgänge, deren Status auf eine Kategorie abgebildet ist.",
    ),
    ("The others are in no figure of flow.", "Die anderen sind in keiner Zahl über den Fluss."),
    (
        "The share of changes of which a lead time is known.",
        "Der Anteil der Änderungen, von denen eine Durchlaufzeit bekannt ist.",
    ),
    (
        "The others have a reason: not deployed yet, carried by a first deployment, without a first commit, or with times that make no sense.",
        "Die anderen haben einen Grund: noch nicht ausgeliefert, vom ersten Deployment mitgebracht, ohne ersten Commit oder mit Zeiten, die keinen Sinn ergeben.",
    ),
    (
        "How long it takes until somebody takes up an incident, nights and weekends included.",
        "Wie lange es dauert, bis sich jemand einer Störung annimmt, Nächte und Wochenenden eingeschlossen.",
    ),
    ("It counts in the period in which the incident began.", "Sie zählt in der Periode, in der die Störung begann."),
    (
        "Incidents that nobody has taken up and that are not resolved are open.",
        "Störungen, deren sich niemand angenommen hat und die nicht behoben sind, sind offen.",
    ),
    (
        "How long service is impaired: from when an incident began to when it was resolved, whatever caused it.",
        "Wie lange der Dienst beeinträchtigt ist: vom Beginn einer Störung bis sie behoben war, was immer sie verursacht hat.",
    ),
    (
        "It counts in the period in which it began; unresolved ones are open.",
        "Sie zählt in der Periode, in der sie begann; nicht behobene sind offen.",
    ),
    (
        "Failed deployment recovery time is of failures that a deployment caused.",
        "Die Erholungszeit nach fehlgeschlagenen Deployments ist von Fehlschlägen, die ein Deployment verursacht hat.",
    ),
    ("How many incidents begin.", "Wie viele Störungen beginnen."),
    (
        "What was closed without having been an incident, as a duplicate or a false alarm, is excluded as abandoned.",
        "Was geschlossen wurde, ohne eine Störung gewesen zu sein, etwa als Duplikat oder Fehlalarm, ist als aufgegeben ausgeschlossen.",
    ),
    (
        "By severity it is the mix, with the share of each; those without a severity are a group of their own.",
        "Nach Schwere ist es die Mischung, mit dem Anteil einer jeden; die ohne Schwere sind eine eigene Gruppe.",
    ),
    (
        "How long the incidents that were open at the end of a period had been so by then; of a period that still runs, by now.",
        "Wie lange die Störungen, die am Ende einer Periode offen waren, es bis dahin gewesen waren; bei einer Periode, die noch läuft, bis jetzt.",
    ),
    (
        "How many incidents were not resolved at the end of a period; of one that still runs, now.",
        "Wie viele Störungen am Ende einer Periode nicht behoben waren; bei einer, die noch läuft, jetzt.",
    ),
    (
        "One that was open when its project or repository was deleted is excluded.",
        "Eine, die offen war, als ihr Projekt oder Repository gelöscht wurde, ist ausgeschlossen.",
    ),
    (
        "The share of incidents that have the title of one of the same service that began within the 30 days before: what was restored, and not repaired.",
        "Der Anteil der Störungen, die den Titel einer anderen desselben Dienstes haben, die innerhalb der 30 Tage davor begann: was wiederhergestellt und nicht repariert wurde.",
    ),
    ("The service is the project, or else the repository.", "Der Dienst ist das Projekt, oder sonst das Repository."),
    ("Incidents without a title or a service are excluded.", "Störungen ohne Titel oder Dienst sind ausgeschlossen."),
    (
        "The share of incidents that began in working hours.",
        "Der Anteil der Störungen, die in der Arbeitszeit begannen.",
    ),
    (
        "The rest got somebody up, or waited for the morning.",
        "Die übrigen haben jemanden geweckt oder bis zum Morgen gewartet.",
    ),
];

/// Parts of formulas.
static FORMULAS: &[(&str, &str)] = &[
    ("commits first carried", "als erstes mitgebrachte Commits"),
    ("median and 90th percentile over the deployments", "Median und 90. Perzentil über die Deployments"),
    ("failed runs ÷ runs that failed or succeeded", "gescheiterte Läufe ÷ Läufe, die scheiterten oder gelangen"),
    (
        "failed runs with a later success of the same pipeline on the same commit ÷ failed runs",
        "gescheiterte Läufe mit einem späteren Erfolg derselben Pipeline auf demselben Commit ÷ gescheiterte Läufe",
    ),
    ("finish − start", "Ende − Beginn"),
    ("median and 90th percentile over the successful runs", "Median und 90. Perzentil über die erfolgreichen Läufe"),
    ("commits outside of a pull request ÷ changes", "Commits außerhalb eines Pull Requests ÷ Änderungen"),
    (
        "merged pull requests that are hotfixes ÷ merged pull requests",
        "gemergte Pull Requests, die Hotfixes sind ÷ gemergte Pull Requests",
    ),
    (
        "open pull requests on which nobody acted for so many working days, at the end of the period",
        "offene Pull Requests, an denen so viele Arbeitstage lang niemand etwas tat, am Ende der Periode",
    ),
    ("end of the period − opened, or left draft", "Ende der Periode − geöffnet oder kein Entwurf mehr"),
    ("median and 90th percentile over the open", "Median und 90. Perzentil über die offenen"),
    (
        "pull requests opened before and not closed by the end of the period",
        "Pull Requests, die vor dem Ende der Periode geöffnet und bis dahin nicht geschlossen wurden",
    ),
    (
        "merged pull requests of more than 1,000 lines ÷ merged pull requests",
        "gemergte Pull Requests mit mehr als 1.000 Zeilen ÷ gemergte Pull Requests",
    ),
    ("merge − last approval", "Merge − letzte Genehmigung"),
    ("median and 90th percentile over the merged", "Median und 90. Perzentil über die gemergten"),
    ("merge − opened, or left draft", "Merge − geöffnet oder kein Entwurf mehr"),
    (
        "first review by another person − opened, or left draft",
        "erstes Review durch eine andere Person − geöffnet oder kein Entwurf mehr",
    ),
    (
        "last approval, or merge − first review by another person",
        "letzte Genehmigung oder Merge − erstes Review durch eine andere Person",
    ),
    ("sum of (next review − request for changes)", "Summe von (nächstes Review − Bitte um Änderungen)"),
    ("lines added + lines deleted", "hinzugefügte Zeilen + gelöschte Zeilen"),
    ("releases published ÷ weeks", "veröffentlichte Releases ÷ Wochen"),
    (
        "over the whole span also median and 90th percentile of the complete periods",
        "über die ganze Spanne auch Median und 90. Perzentil der vollständigen Perioden",
    ),
    (
        "merged pull requests that revert ÷ merged pull requests",
        "gemergte Pull Requests, die zurücknehmen ÷ gemergte Pull Requests",
    ),
    (
        "reviews by the two busiest of the repository and month ÷ reviews",
        "Reviews der beiden Personen mit den meisten in Repository und Monat ÷ Reviews",
    ),
    ("reviews submitted ÷ weeks", "abgegebene Reviews ÷ Wochen"),
    ("submitted − opened, or the review before", "abgegeben − geöffnet oder das Review davor"),
    ("median and 90th percentile over the reviews", "Median und 90. Perzentil über die Reviews"),
    ("other people who reviewed it", "andere Personen, die ihn reviewt haben"),
    (
        "merged pull requests without a review by another person ÷ merged pull requests",
        "gemergte Pull Requests ohne Review durch eine andere Person ÷ gemergte Pull Requests",
    ),
    (
        "successful production deployments that needed immediate intervention ÷ successful production deployments",
        "erfolgreiche Deployments in die Produktion, die ein sofortiges Eingreifen brauchten ÷ erfolgreiche Deployments in die Produktion",
    ),
    (
        "finish of the first successful production deployment with the change − authoring of its first commit",
        "Ende des ersten erfolgreichen Deployments in die Produktion mit der Änderung − Entstehung ihres ersten Commits",
    ),
    ("median and 90th percentile over the changes", "Median und 90. Perzentil über die Änderungen"),
    ("successful production deployments ÷ weeks", "erfolgreiche Deployments in die Produktion ÷ Wochen"),
    (
        "unplanned successful production deployments made to fix a production incident ÷ successful production deployments",
        "ungeplante erfolgreiche Deployments in die Produktion, die eine Störung der Produktion beheben sollten ÷ erfolgreiche Deployments in die Produktion",
    ),
    (
        "resolution of the last incident that the deployment caused, or finish of its repair − finish of the deployment",
        "Behebung der letzten Störung, die das Deployment verursacht hat, oder Ende seiner Reparatur − Ende des Deployments",
    ),
    (
        "median and 90th percentile over the recovered deployments",
        "Median und 90. Perzentil über die Deployments, von denen sich die Produktion erholt hat",
    ),
    (
        "opening of the pull request − authoring of the first commit",
        "Öffnen des Pull Requests − Entstehung des ersten Commits",
    ),
    (
        "finish of the first successful production deployment with the change − merge",
        "Ende des ersten erfolgreichen Deployments in die Produktion mit der Änderung − Merge",
    ),
    (
        "first review by another person − opening of the pull request",
        "erstes Review durch eine andere Person − Öffnen des Pull Requests",
    ),
    ("merge − first review by another person", "Merge − erstes Review durch eine andere Person"),
    ("items done ÷ weeks", "fertige Vorgänge ÷ Wochen"),
    ("items committed ÷ weeks", "zugesagte Vorgänge ÷ Wochen"),
    ("by class also its share of all items done", "nach Klasse auch ihr Anteil an allen fertigen Vorgängen"),
    (
        "time blocked within the cycle time ÷ cycle time, over the items done",
        "blockierte Zeit in der Bearbeitungszeit ÷ Bearbeitungszeit, über die fertigen Vorgänge",
    ),
    ("items in the stage at the end of the period", "Vorgänge in der Phase am Ende der Periode"),
    ("last done − first begun", "zuletzt fertig − zuerst begonnen"),
    ("median and 90th percentile over the items done", "Median und 90. Perzentil über die fertigen Vorgänge"),
    (
        "time in active stages ÷ time in active and waiting stages, over the items done",
        "Zeit in aktiven Phasen ÷ Zeit in aktiven und wartenden Phasen, über die fertigen Vorgänge",
    ),
    (
        "items done that were re-opened ÷ items done",
        "fertige Vorgänge, die wieder geöffnet worden waren ÷ fertige Vorgänge",
    ),
    ("items done that went back ÷ items done", "fertige Vorgänge, die zurückgingen ÷ fertige Vorgänge"),
    (
        "items in the sprint and not done at its end ÷ items in the sprint at its end",
        "Vorgänge im Sprint, die an seinem Ende nicht fertig waren ÷ Vorgänge im Sprint an seinem Ende",
    ),
    (
        "points in the sprint and not done at its end ÷ points in the sprint at its end",
        "Punkte im Sprint, die an seinem Ende nicht fertig waren ÷ Punkte im Sprint an seinem Ende",
    ),
    ("items committed and done ÷ items committed", "zugesagte und fertige Vorgänge ÷ zugesagte Vorgänge"),
    ("points committed and done ÷ points committed", "zugesagte und fertige Punkte ÷ zugesagte Punkte"),
    (
        "(items added + items taken out) ÷ items committed",
        "(hinzugekommene Vorgänge + herausgenommene Vorgänge) ÷ zugesagte Vorgänge",
    ),
    (
        "(points added + points taken out) ÷ points committed",
        "(hinzugekommene Punkte + herausgenommene Punkte) ÷ zugesagte Punkte",
    ),
    ("last left the stage − first begun", "Phase zuletzt verlassen − zuerst begonnen"),
    (
        "median and 90th percentile over the items that are done",
        "Median und 90. Perzentil über die Vorgänge, die fertig sind",
    ),
    (
        "items done of the class `unplanned` ÷ items done of any class",
        "fertige Vorgänge der Klasse `unplanned` ÷ fertige Vorgänge irgendeiner Klasse",
    ),
    (
        "items begun before and not done by the end of the period",
        "Vorgänge, die vor dem Ende der Periode begonnen und bis dahin nicht fertig wurden",
    ),
    (
        "over the whole span at its end, and median and 90th percentile over the ends of the complete periods",
        "über die ganze Spanne an ihrem Ende, und Median und 90. Perzentil über die Enden der vollständigen Perioden",
    ),
    ("end of the period − first begun", "Ende der Periode − zuerst begonnen"),
    ("median and 90th percentile over the items in progress", "Median und 90. Perzentil über die Vorgänge in Arbeit"),
    ("last done − committed to", "zuletzt fertig − zugesagt"),
    ("changes with a team ÷ changes", "Änderungen mit einem Team ÷ Änderungen"),
    ("items with a team ÷ items", "Vorgänge mit einem Team ÷ Vorgänge"),
    ("items done with a class ÷ items done", "fertige Vorgänge mit einer Klasse ÷ fertige Vorgänge"),
    ("items done with code ÷ items done", "fertige Vorgänge mit Code ÷ fertige Vorgänge"),
    (
        "merged pull requests that belong to a work item ÷ merged pull requests",
        "gemergte Pull Requests, die zu einem Vorgang gehören ÷ gemergte Pull Requests",
    ),
    ("incidents with a deployment ÷ incidents", "Störungen mit einem Deployment ÷ Störungen"),
    ("incidents with a team ÷ incidents", "Störungen mit einem Team ÷ Störungen"),
    ("items with a mapped status ÷ items", "Vorgänge mit abgebildetem Status ÷ Vorgänge"),
    ("changes with a lead time ÷ changes", "Änderungen mit einer Durchlaufzeit ÷ Änderungen"),
    ("taken up − began", "angenommen − begonnen"),
    ("median and 90th percentile over the incidents", "Median und 90. Perzentil über die Störungen"),
    ("resolved − began", "behoben − begonnen"),
    ("median and 90th percentile over the resolved incidents", "Median und 90. Perzentil über die behobenen Störungen"),
    ("incidents ÷ weeks", "Störungen ÷ Wochen"),
    ("end of the period − began", "Ende der Periode − begonnen"),
    ("median and 90th percentile over the open incidents", "Median und 90. Perzentil über die offenen Störungen"),
    (
        "incidents that began before and were not resolved by the end of the period",
        "Störungen, die vor dem Ende der Periode begannen und bis dahin nicht behoben waren",
    ),
    (
        "incidents with a predecessor of the same title within 30 days ÷ incidents",
        "Störungen mit einem Vorgänger gleichen Titels innerhalb von 30 Tagen ÷ Störungen",
    ),
    ("incidents that began in working hours ÷ incidents", "Störungen, die in der Arbeitszeit begannen ÷ Störungen"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use pulse_engine::metrics::catalogue;
    use std::collections::BTreeSet;

    #[test]
    fn what_every_metric_measures_and_how_is_known_in_german() {
        let (mut sentences, mut formulas) = (BTreeSet::new(), BTreeSet::new());
        for metric in catalogue().unwrap() {
            sentences.extend(metric.description.replace(". ", ".\n").lines().map(str::to_owned));
            formulas.extend(metric.formula.split("; ").map(str::to_owned));
        }
        let known = |of: &[(&str, &str)]| of.iter().map(|(english, _)| (*english).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(sentences, known(SENTENCES));
        assert_eq!(formulas, known(FORMULAS));
    }

    #[test]
    fn a_description_is_told_sentence_by_sentence_and_what_is_not_known_stays() {
        let german = Language::German;
        let english =
            "How long an approved pull request waits for its merge. Ours alone. It counts in the period of the merge.";
        assert_eq!(
            german.description(english),
            "Wie lange ein genehmigter Pull Request auf seinen Merge wartet. Ours alone. Er zählt in der Periode des Merges."
        );
        assert_eq!(Language::English.description(english), english);
        let formula = "merge − last approval; median and 90th percentile over the merged";
        assert_eq!(german.formula(formula), "Merge − letzte Genehmigung; Median und 90. Perzentil über die gemergten");
        assert_eq!(german.formula("sum(x)"), "sum(x)");
    }
}
