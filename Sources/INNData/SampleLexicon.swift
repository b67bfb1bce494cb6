import INNCore

/// The words of the built-in corpus, written for this project.
///
/// Each list is in order of falling frequency: the word at rank r is drawn in proportion to 1 / (r + 2). Irregular
/// forms are spelled out after a slash; the others follow the spelling rules of ``SampleLexicon/plural(of:)`` and its
/// siblings.
enum SampleLexicon {
    /// Nouns that belong together; a paragraph has one topic and prefers its nouns.
    static let topics: [[Noun]] = [
        """
        sea ship wave island harbour sailor captain fish/fish storm net coast anchor pilot gull shell tide rope sail \
        deck lighthouse
        """,
        """
        farm field horse cow farmer barn sheep/sheep fence seed harvest goat plough meadow orchard hen tractor \
        shepherd well stable crop
        """,
        """
        town street market bridge tower mayor shop square gate wall merchant cart clock station tram lamp crowd \
        fountain baker roof
        """,
        """
        school teacher book pupil lesson page pen desk library question answer map test story word number notebook \
        class chalk bell
        """,
        """
        forest tree wolf/wolves leaf/leaves river fox/foxes path bear hunter branch root hill owl deer/deer mushroom \
        valley stream log stone cabin
        """,
        """
        king queen castle sword army knight crown throne battle prince soldier law palace guard treaty rebel empire \
        province flag emperor
        """,
        """
        star planet moon comet telescope orbit astronomer rocket signal galaxy satellite crater observatory cloud ring \
        probe meteor sky sphere night
        """,
        """
        song singer drum flute concert piano choir note dancer stage violin guitar composer poem rhythm band horn \
        theatre voice melody
        """,
        """
        kitchen cook bread pot knife/knives oven apple table plate cup spoon soup onion egg cake jar recipe lemon \
        guest potato/potatoes
        """,
        """
        machine engine wheel worker engineer wire factory tool pump gear lever metal motor screw hammer valve boiler \
        workshop inventor spring
        """,
        """
        doctor patient hospital nurse medicine bone heart fever wound bed needle clinic cure organ illness blanket \
        bandage surgeon nerve lung
        """,
        """
        game team player ball goal match score coach captain medal race rule field runner season prize league crowd \
        stadium winner
        """,
    ].map(nouns)

    /// Nouns of every topic.
    static let commonNouns = nouns(
        """
        man/men woman/women child/children house year day world city/cities thing friend time country/countries \
        family/families name part
        place work war language group river idea person/people form line road letter picture door box/boxes garden \
        mother father brother
        sister village window church/churches animal colour body/bodies history/histories side stranger neighbour \
        reason problem change
        """)

    static let transitiveVerbs = verbs(
        """
        see/sees/saw find/finds/found make/makes/made take/takes/took know/knows/knew have/has/had use call \
        follow/follows/followed
        hold/holds/held bring/brings/brought like love hear/hears/heard carry leave/leaves/left watch move open close \
        want help need
        build/builds/built keep/keeps/kept break/breaks/broke give/gives/gave turn change meet/meets/met \
        choose/chooses/chose pull push
        remember forget/forgets/forgot paint sell/sells/sold buy/buys/bought lose/loses/lost cover visit fear describe \
        draw/draws/drew
        touch count measure study repair collect lift protect destroy discover examine admire surround join obey
        """)

    static let intransitiveVerbs = verbs(
        """
        go/goes/went come/comes/came stand/stands/stood live sleep/sleeps/slept run/runs/ran work fall/falls/fell \
        sit/sits/sat wait walk
        speak/speaks/spoke rest arrive grow/grows/grew sing/sings/sang rise/rises/rose play laugh return \
        begin/begins/began end shine/shines/shone
        appear disappear swim/swims/swam fly/flies/flew travel/travels/travelled dance listen stop/stops/stopped \
        vanish tremble wander
        """)

    static let sayingVerbs = verbs(
        """
        say/says/said think/thinks/thought believe know/knows/knew write/writes/wrote hope claim report argue dream \
        explain
        """)

    static let adjectives = words(
        """
        old new great small large long good young other early white black high little red late common green main \
        strong public blue own
        dark deep free human big short warm cold quiet heavy bright empty open simple round broken golden silver \
        distant narrow ancient
        famous strange gentle hidden bitter wooden curious yellow wild clever slow quick tall thin happy sad proud \
        lonely tired noisy
        soft hard rich poor dry wet young sharp smooth pale brave idle honest eager unusual equal odd
        """)

    static let adverbs = words(
        """
        often always never now again soon slowly here there later quickly still usually sometimes quietly early rarely \
        suddenly gladly
        today together carefully almost finally away outside everywhere badly softly proudly
        """)

    static let prepositions = words(
        """
        of in on with near from at by behind under over across beside between through around above against beyond \
        below
        """
    )

    static let places = words(
        """
        london paris rome egypt china france india europe africa america spain greece norway cairo vienna lisbon oslo \
        athens dublin kyoto
        """)

    static let men = words("john peter james henry thomas martin adam simon oscar felix hugo victor")
    static let women = words("mary anna emma clara alice sarah helen julia nora irene rosa eva")

    /// Determiners that go with one thing, with many, and with either.
    static let singularDeterminers = words("a this every that each another")
    static let pluralDeterminers = words("these many some those several few")
    static let sharedDeterminers = words("the the the his her its their no our")

    static let openers = words("however then later meanwhile therefore thus also yet today first again instead")
    static let subordinators = words("when because while after although before where until since")
    static let modals = words("can will would must may could should might")
    static let units = words("year day mile hour week month metre step ton page pound foot/feet").map(Noun.init)
    static let months = words("january february march april may june july august september october november december")

    static func words(_ text: String) -> [String] {
        text.split(whereSeparator: \.isWhitespace).map(String.init)
    }

    private static func nouns(_ text: String) -> [Noun] { words(text).map(Noun.init) }
    private static func verbs(_ text: String) -> [Verb] { words(text).map(Verb.init) }
}

extension SampleLexicon {
    struct Noun {
        let singular: String
        let plural: String

        /// - Parameter entry: `singular` or `singular/plural`.
        init(_ entry: String) {
            let forms = entry.split(separator: "/").map(String.init)
            singular = forms[0]
            plural = forms.count > 1 ? forms[1] : SampleLexicon.plural(of: forms[0])
        }
    }

    struct Verb {
        let base: String
        /// Present tense with a singular subject.
        let singular: String
        let past: String

        /// - Parameter entry: `base` or `base/singular/past`.
        init(_ entry: String) {
            let forms = entry.split(separator: "/").map(String.init)
            base = forms[0]
            singular = forms.count > 1 ? forms[1] : SampleLexicon.plural(of: forms[0])
            past = forms.count > 2 ? forms[2] : SampleLexicon.past(of: forms[0])
        }
    }

    /// The regular s-form of a noun or verb.
    static func plural(of word: String) -> String {
        if endsInConsonantY(word) { return word.dropLast() + "ies" }
        let hisses = ["s", "x", "z", "ch", "sh"].contains(where: word.hasSuffix)
        return word + (hisses ? "es" : "s")
    }

    /// The regular past tense of a verb.
    static func past(of word: String) -> String {
        if endsInConsonantY(word) { return word.dropLast() + "ied" }
        return word + (word.hasSuffix("e") ? "d" : "ed")
    }

    private static func endsInConsonantY(_ word: String) -> Bool {
        guard word.count > 1, word.hasSuffix("y"), let before = word.dropLast().last else { return false }
        return !"aeiou".contains(before)
    }
}
