use proptest::prelude::*;

use super::{holds, of_text, output, output_with};

/// What a path selects.
fn select(xml: &str, path: &str) -> String {
    output_with(
        "info x.executeXPath(p);",
        vec![("x", xml.into()), ("p", path.into())],
    )
}

const ORDERS: &str = r#"<orders><order id="1"><item price="2.5">pen</item><item price="4">ink</item></order><order id="2"><item price="7">nib</item><!--late--></order></orders>"#;

#[test]
fn paths_select_what_they_say() {
    for (path, expected) in [
        ("/orders/order[2]/item", r#"<item price="7">nib</item>"#),
        ("//item/text()", "pen-|-ink-|-nib"),
        ("//item[@price='4']/text()", "ink"),
        (
            "//item[@price > 3]/@price",
            "<price>4</price><price>7</price>",
        ),
        ("//item[. = 'nib']/../@id", "<id>2</id>"),
        ("/orders/order[item/@price = 7]/@id", "<id>2</id>"),
        ("/orders/order[last()]/item/text()", "nib"),
        ("/orders/order/item[1]/text()", "pen-|-nib"),
        ("(//item)[2]/text()", "ink"),
        ("//item[text()='ink']/preceding-sibling::item/text()", "pen"),
        ("//order[1]/following-sibling::*/@id", "<id>2</id>"),
        ("//item[ancestor::order[@id='2']]/text()", "nib"),
        ("/orders/*[1]/*[2]", r#"<item price="4">ink</item>"#),
        ("//order/@*", "<id>1</id><id>2</id>"),
        ("//comment()", "<!--late-->"),
        ("//item/text() | //@id", "<id>1</id>penink<id>2</id>nib"),
        (
            "descendant::order[@id=2]/child::item/self::node()/text()",
            "nib",
        ),
        ("/orders/none", ""),
        ("count(//item)", "3"),
        ("count(//item[@price < 5])", "2"),
        ("sum(//@price)", "13.5"),
        ("sum(//@price) div count(//item)", "4.5"),
        ("10 mod 4 + 2 * 3 - 1", "7"),
        ("-(2 - 5)", "3"),
        ("-count(//item) + 1", "-2"),
        ("1 div 0", "Infinity"),
        ("0 div 0", "NaN"),
        ("//item = 'ink'", "true"),
        ("//item != 'ink'", "true"),
        ("not(//item[. = 'cap'])", "true"),
        ("count(//item) > 2 and true()", "true"),
        ("//item[position() = 2 or @price = 7]/text()", "ink-|-nib"),
        ("string(//item[2])", "ink"),
        ("concat(//item[1], '-', 3)", "pen-3"),
        ("//item[contains(., 'n')]/text()", "pen-|-ink-|-nib"),
        ("//item[starts-with(., 'i')]/text()", "ink"),
        ("substring('12345', 2, 3)", "234"),
        ("substring('12345', 1.5, 2.6)", "234"),
        ("substring-before('1999/04/01', '/')", "1999"),
        ("substring-after('1999/04/01', '/')", "04/01"),
        ("normalize-space('  a   b ')", "a b"),
        ("string-length('blåbær')", "6"),
        ("translate('bar', 'abc', 'AB')", "BAr"),
        ("name(//@price[1])", "price"),
        ("round(-2.5)", "-2"),
        ("floor(2.7) + ceiling(2.1)", "5"),
        ("number('1e3')", "NaN"),
    ] {
        assert_eq!(select(ORDERS, path), expected, "{path}");
    }
}

#[test]
fn text_is_given_as_it_means_and_elements_as_they_are_written() {
    let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- made --><a  x='1 &lt; 2'>\n  <b>R&amp;D</b><c><![CDATA[<raw>]]></c>\n</a>\n";
    assert_eq!(select(xml, "/a/b"), "<b>R&amp;D</b>");
    assert_eq!(select(xml, "/a/b/text()"), "R&D");
    assert_eq!(select(xml, "/a/c"), "<c><![CDATA[<raw>]]></c>");
    assert_eq!(select(xml, "/a/c/text()"), "<raw>");
    assert_eq!(select(xml, "/a/@x"), "<x>1 &lt; 2</x>");
    let whole = "<a  x='1 &lt; 2'>\n  <b>R&amp;D</b><c><![CDATA[<raw>]]></c>\n</a>";
    assert_eq!(select(xml, "/"), whole);
    assert_eq!(select(xml, "/*"), whole);
}

#[test]
fn names_match_as_they_are_written_with_their_prefix() {
    let xml = r#"<s:Envelope xmlns:s="urn:soap" xmlns="urn:other"><s:Body><m:Price m:unit="kr">34</m:Price><Note/></s:Body></s:Envelope>"#;
    assert_eq!(select(xml, "/s:Envelope/s:Body/m:Price/text()"), "34");
    assert_eq!(
        select(xml, "/s:Envelope/s:Body/m:Price/@m:unit"),
        "<m:unit>kr</m:unit>"
    );
    assert_eq!(select(xml, "//s:*/Note"), "<Note/>");
    assert_eq!(select(xml, "//Price"), "");
    assert_eq!(select(xml, "//*[local-name() = 'Price']/text()"), "34");
    // What is cut out has lost the declarations, and can be read all the same.
    assert_eq!(
        output_with(
            r#"info x.executeXPath("//s:Body").executeXPath("/s:Body/m:Price").toXmlList().get(0);"#,
            vec![("x", xml.into())],
        ),
        r#"<m:Price m:unit="kr">34</m:Price>"#
    );
}

#[test]
fn paths_that_are_none() {
    let refused = |path: &str, what: &str| {
        let told = select("<a/>", path);
        assert!(told.starts_with("R0017 `executeXPath`: "), "{path}: {told}");
        assert!(told.contains(what), "{path}: {told}");
    };
    refused("", "character 1: expected a name");
    refused("/a/[", "character 4: expected a name");
    refused("/a/b[1", "character 7: expected `]`");
    refused("//", "character 3: expected a name");
    refused("/a b", "character 4: the path should end here");
    refused("a['x]", "character 3: the quote is never closed");
    refused("$x", "character 1: there are no variables");
    refused("following::a", "there is no axis `following`");
    refused("lower-case(.)", "there is no function `lower-case`");
    refused("count()", "`count` does not take 0 arguments");
    refused("/a/#", "`#` means nothing in a path");
    refused("å/¤", "character 3: `¤` means nothing");
    for path in ["count(1)", "'a'/b", "1 | 2"] {
        let told = select("<a/>", path);
        assert!(
            told.starts_with("R0016") && told.contains("needs nodes"),
            "{path}: {told}"
        );
    }
}

#[test]
fn texts_that_are_no_xml() {
    for (xml, what) in [
        ("", "found no element"),
        ("plain words", "`plain words` does not read as XML"),
        ("<a>", "line 1, character 4: `<a>` is never closed"),
        ("<a/></b>", "line 1, character 5: `</b>` closes nothing"),
        (
            "<?xml version=\"1.0\"?>\n\n<a>\n</b>",
            "line 4, character 1: expected 'a' tag, not 'b'",
        ),
        ("<a/> tail", "does not read as XML"),
        ("<a/><b/>", "found 2 elements side by side"),
        ("<a>&nbsp;</a>", "unknown entity reference 'nbsp'"),
        ("<a x=1/>", "line 1, character 6"),
        ("<a x='1' x='2'/>", "attribute 'x' is already defined"),
        ("[1,2]", "does not read as XML"),
        ("{\"a\":", "does not read as a JSON object (character 6: "),
        ("</freshet-root><freshet-root>", "does not read as XML"),
    ] {
        let told = select(xml, "/a");
        assert!(
            told.starts_with("R00") && told.contains(what),
            "{xml}: {told}"
        );
    }
}

#[test]
fn entities_and_document_types_are_refused() {
    let bomb = r#"<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>"#;
    let outside = r#"<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>"#;
    let list = r#"<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd"><x/>"#;
    for xml in [bomb, outside, list] {
        assert_eq!(
            select(xml, "/x/text()"),
            "R0016 `executeXPath`: the XML has a document type, which is not read here"
        );
    }
}

#[test]
fn references_to_no_character_are_refused() {
    for (text, place) in [
        (
            "<a>&#xD800;</a>",
            "line 1, character 4: there is no character `&#xD800;`",
        ),
        (
            "<a>\n<b c='&#55357;&#56832;'/></a>",
            "line 2, character 7: there is no character `&#55357;`",
        ),
        ("<a>&#x110000;</a>", "there is no character `&#x110000;`"),
    ] {
        let told = select(text, "/a");
        assert!(told.starts_with("R0017") && told.contains(place), "{told}");
    }
    for (text, printed) in [
        ("<a>&#x1F600;&#65;</a>", "😀A"),
        ("<a><![CDATA[&#xD800;]]></a>", "&#xD800;"),
        ("<a><!-- &#xD800; -->b</a>", "b"),
        ("<a><?p &#xD800; ?>b</a>", "b"),
    ] {
        assert_eq!(select(text, "/a/text()"), printed, "{text}");
    }
    assert!(select("<a>&#x;</a>", "/a").starts_with("R0017"));
}

#[test]
fn documents_and_paths_made_to_take_long() {
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert!(select(&deep, "//a").starts_with("R0010"));
    let level = format!("{}{}", "<a>".repeat(257), "</a>".repeat(257));
    assert_eq!(select(&level, "count(//a)"), "257");

    let attributes: String = (0..100_000).map(|n| format!(" a{n}=''")).collect();
    assert!(select(&format!("<x{attributes}/>"), "/x").contains("more than 500 attributes"));
    let hidden = format!("<x y='>'{attributes}/>");
    assert!(select(&hidden, "/x").contains("more than 500 attributes"));
    let prefixes: String = (0..65).map(|n| format!(" xmlns:p{n}='u{n}'")).collect();
    assert!(select(&format!("<x{prefixes}/>"), "/x").contains("more than 64 prefixes"));
    let undeclared: String = (0..17).map(|n| format!("<p{n}:x/>")).collect();
    assert!(select(&format!("<x>{undeclared}</x>"), "/x").contains("p16"));

    let wide = format!("<x>{}</x>", "<a>1</a>".repeat(20_000));
    assert_eq!(select(&wide, "count(//a[. = 1])"), "20000");
    for path in [
        "//*[//*[//*]]",
        "count(//a[//a = .])",
        "//a[count(preceding-sibling::a) > 1]",
    ] {
        assert!(
            select(&wide, path).contains("needs more than 20000000 steps"),
            "{path}"
        );
    }
    for path in [
        "(".repeat(100_000),
        "1+".repeat(100_000),
        "-".repeat(100_000),
        "a[".repeat(100_000),
        "not(".repeat(100_000),
    ] {
        assert!(select("<a/>", &path).starts_with("R0017"));
    }
    let steps = format!("/a{}", "/..//a".repeat(10_000));
    assert_eq!(select("<a/>", &steps), "<a/>");
}

#[test]
fn pairs_as_xml() {
    for (value, expected) in [
        (
            "{\"a\": 1.50, \"b\": {\"c\": \"x\"}}",
            "<root><a>1.5</a><b><c>x</c></b></root>",
        ),
        ("Collection(\"k\": \"v\")", "<root><k>v</k></root>"),
        ("Collection()", "<root></root>"),
        ("{}", "<root></root>"),
        ("\"{}\"", "<root></root>"),
        (
            "{\"a\": {1, {2, {}}}}",
            "<root><a>1</a><a>2</a><a></a></root>",
        ),
        (
            "{\"a\": \"x\".toFile(\"n.txt\")}",
            "<root><a>n.txt</a></root>",
        ),
        (
            "{\"p:a\": \"]]> & \\\"\"}",
            "<root><p:a>]]&gt; &amp; \"</p:a></root>",
        ),
    ] {
        assert_eq!(
            output(&format!("info {value}.toXML();")),
            expected,
            "{value}"
        );
    }
}

#[test]
fn pairs_that_xml_cannot_hold() {
    for key in ["", "a b", "1", "-a", "a:b:c", ":a", "xmlns:a", "a>", "<a"] {
        let told = output_with("info {k: 1}.toXML();", vec![("k", key.into())]);
        assert!(told.starts_with("R0016 `toXML`: the key"), "{key}: {told}");
    }
    assert!(output("info {7: 1}.toXML();").contains("the key `7` cannot be"));
    let told = output_with("info {\"a\": t}.toXML();", vec![("t", "x\u{8}".into())]);
    assert_eq!(
        told,
        "R0016 `toXML`: XML cannot hold the character U+0008, found in `a`"
    );
    assert!(output("info \"[1]\".toXML();").starts_with("R0017"));
    assert!(output("info Collection(1).toXML();").starts_with("R0030"));
    assert!(output("m = Map(); m.put(\"m\", m); info m.toXML();").starts_with("R0010"));
    assert!(output("l = {1}; l.add(l); info {\"l\": l}.toXML();").starts_with("R0010"));
    let doubled = "l = List(); for each i in {1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40} { n = List(); n.add(l); n.add(l); l = n; } info {\"l\": l}.toXML();";
    assert!(output(doubled).starts_with("R0103"));
}

#[test]
fn elements_side_by_side() {
    let list = |xml: &str| of_text("t.toXmlList().size() + \" \" + t.toXmlList()", xml);
    assert_eq!(list(""), "0 ");
    assert_eq!(list(" \n "), "0 ");
    assert_eq!(list("<a/>"), "1 <a/>");
    assert_eq!(
        list("<a x='1'>1</a> <!-- and --> <b/>"),
        "2 <a x='1'>1</a>,<b/>"
    );
    assert!(list("<a/> and <b/>").starts_with("R0017"));
    assert!(list("plain").starts_with("R0017"));
}

/// Text that XML can hold.
fn writable() -> impl Strategy<Value = String> {
    "[\t\n\r -\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*"
}

#[test]
fn what_was_written_is_found() {
    holds(
        256,
        (writable(), "[a-zA-Zæ_][a-zA-Z0-9æ_.-]{0,8}"),
        |(text, key)| {
            let script = "
            x = {k: t, \"all\": {t, {\"inside\": t}, t}}.toXML();
            info x.executeXPath(\"/root/\" + k + \"/text()\") == t;
            info x.executeXPath(\"count(/root/all)\");
            info x.executeXPath(\"string(/root/all/inside)\") == t;
            info x.executeXPath(\"/root/all\").toXmlList().size();";
            let arguments = vec![("t", (&*text).into()), ("k", (&*key).into())];
            prop_assume!(key != "all");
            prop_assert_eq!(&output_with(script, arguments), "true\n3\ntrue\n3");
            Ok(())
        },
    );
}

#[test]
fn nothing_that_is_no_path_does_harm() {
    holds(256, "[a-c/@\\[\\]().|*+=<>!:'\" 0-9,-]{0,40}|.*", |path| {
        select(ORDERS, &path);
        Ok(())
    });
}

#[test]
fn nothing_that_is_no_xml_does_harm() {
    holds(256, "[a-c/<>=&;!\\[\\]?'\" :-]{0,60}|.*", |xml| {
        select(&xml, "//*");
        of_text("t.toXmlList()", &xml);
        Ok(())
    });
}
