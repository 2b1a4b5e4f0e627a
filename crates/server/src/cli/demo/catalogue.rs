//! The goods of the demo shop: 1,000 products of an outfitter, in a tree of categories.
//! Invariant: the same products on every machine and in every run, so that a command in the
//! README finds what it names. No randomness: variety comes from mixing the numbers of a product.

mod goods;

use goods::{GOODS, Goods};

const ITEMS: usize = 1_000;

/// A category of the shop; one without a parent is a heading.
#[derive(Debug, Clone, Copy)]
pub struct Category {
    pub slug: &'static str,
    pub name: &'static str,
    pub parent: Option<&'static str>,
}

/// A product as the demo adds it, with the stock it begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub sku: String,
    pub name: String,
    pub description: String,
    pub category: &'static str,
    pub price_minor: i64,
    pub stock: i64,
}

/// All categories, parents before their children.
pub fn categories() -> &'static [Category] {
    &CATEGORIES
}

/// All products, in the order of their categories.
pub fn items() -> Vec<Item> {
    let mut items = Vec::with_capacity(ITEMS);
    for (at, goods) in GOODS.iter().enumerate() {
        // The first categories take the rest of the division.
        let count = ITEMS / GOODS.len() + usize::from(at < ITEMS % GOODS.len());
        for number in 0..count {
            items.push(item(goods, at, number));
        }
    }
    items
}

fn item(goods: &Goods, at: usize, number: usize) -> Item {
    let mut variety = Variety::new(at, number);
    let kinds: Vec<&str> = goods.kinds.split('|').collect();
    let kind = number % kinds.len();
    // 5 and 16 have no common factor, so one kind meets a maker once and the name is unique.
    let maker = (at * 3 + kind * 7 + number / kinds.len() * 5) % MAKERS.len();
    let made = variety.pick_for(kind, kinds.len(), goods.made);
    let does = variety.pick_for(kind, kinds.len(), goods.does);
    let remark = variety.pick(remarks_on(goods.category));
    Item {
        sku: format!("{}-{:04}", goods.sku, number + 1),
        name: format!("{} {}", MAKERS[maker], kinds[kind]),
        description: format!("{made}, made to {does}. {remark}"),
        category: goods.category,
        price_minor: price_minor(goods.cents, kind, kinds.len(), &mut variety),
        stock: stock(at, number, &mut variety),
    }
}

/// A dearer kind costs more than a cheaper one, give or take, and prices end like prices do.
fn price_minor((low, high): (i64, i64), kind: usize, kinds: usize, variety: &mut Variety) -> i64 {
    let step = (high - low) / kinds as i64;
    let exact = low + step * kind as i64 + variety.below(step as u64 + 1) as i64;
    let unit = if exact < 2_000 { 50 } else { 100 };
    // 12.34 becomes 12.40, 345.67 becomes 345.90.
    (exact / unit * unit + unit - 10).clamp(low, high)
}

/// A few products are nearly sold out, so that a visitor sees how a refusal looks.
fn stock(at: usize, number: usize, variety: &mut Variety) -> i64 {
    match (at * 34 + number) % 97 {
        13 => 1 + variety.below(9) as i64,
        _ => 20 + variety.below(1_981) as i64,
    }
}

fn remarks_on(category: &str) -> &'static str {
    let parent =
        CATEGORIES.iter().find(|known| known.slug == category).and_then(|leaf| leaf.parent);
    let remarks = REMARKS.iter().find(|(about, _)| Some(*about) == parent);
    remarks.map_or("Sold as seen.", |(_, remarks)| remarks)
}

/// A sequence of numbers that depends on nothing but the product (splitmix64).
struct Variety {
    state: u64,
}

impl Variety {
    fn new(at: usize, number: usize) -> Variety {
        Variety { state: (at * ITEMS + number) as u64 }
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit.max(1)
    }

    /// The part that belongs to this kind, if there is one for each; else any.
    fn pick_for(&mut self, kind: usize, kinds: usize, list: &'static str) -> &'static str {
        if list.split('|').count() == kinds {
            return list.split('|').nth(kind).unwrap_or(list);
        }
        self.pick(list)
    }

    fn pick(&mut self, list: &'static str) -> &'static str {
        let parts = list.split('|').count() as u64;
        let chosen = self.below(parts) as usize;
        list.split('|').nth(chosen).unwrap_or(list)
    }
}

const MAKERS: [&str; 16] = [
    "Ashdown",
    "Blackwater",
    "Calloway",
    "Drover's",
    "Eastgate",
    "Fairweather",
    "Garrison",
    "Hollis & Sons",
    "Ironbridge",
    "Kestrel",
    "Longmarch",
    "Marlowe",
    "Northmoor",
    "Old Quay",
    "Ridgeway",
    "Stonecross",
];

const REMARKS: [(&str, &str); 8] = [
    (
        "shelter",
        "Sack included.|Repair kit in the pocket.|Tested in a wet October.|Weighed with all its parts.",
    ),
    (
        "packs",
        "Every seam is sewn twice.|Fittings can be replaced.|Guaranteed for ten years.|In olive, sand or slate.",
    ),
    (
        "kitchen",
        "Easy to clean in the field.|Spare parts are in stock.|A favourite of mess cooks.|Wash it before first use.",
    ),
    (
        "clothing",
        "Cut roomy, order your usual size.|Wash cool, hang to dry.|Mended free for a year.|Dyed in the wool.",
    ),
    (
        "footwear",
        "For long roads and short rations.|Tried on the march.|A cobbler's favourite.|Kept in stock all winter.",
    ),
    (
        "provisions",
        "Store cool and dry.|Best shared.|Packed by weight, not volume.|Sealed the day it was made.",
    ),
    (
        "tools",
        "Checked by hand before packing.|Stow it dry.|Simple enough to mend yourself.|Carry it with care.",
    ),
    (
        "navigation",
        "Checked before it leaves us.|Fits a saddlebag.|With a word on how to use it.|A good present.",
    ),
];

const CATEGORIES: [Category; 38] = [
    heading("shelter", "Tents & Shelter"),
    leaf("tents", "Tents", "shelter"),
    leaf("tarps", "Tarps & Covers", "shelter"),
    leaf("sleeping-bags", "Sleeping Bags", "shelter"),
    leaf("sleeping-mats", "Mats & Beds", "shelter"),
    heading("packs", "Packs & Bags"),
    leaf("backpacks", "Backpacks", "packs"),
    leaf("duffels", "Duffels & Trunks", "packs"),
    leaf("pouches", "Pouches & Cases", "packs"),
    heading("kitchen", "Camp Kitchen"),
    leaf("stoves", "Stoves", "kitchen"),
    leaf("cookware", "Pots & Pans", "kitchen"),
    leaf("flasks", "Bottles & Flasks", "kitchen"),
    leaf("tableware", "Tableware", "kitchen"),
    heading("clothing", "Clothing"),
    leaf("jackets", "Jackets & Coats", "clothing"),
    leaf("trousers", "Trousers", "clothing"),
    leaf("shirts", "Shirts", "clothing"),
    leaf("hats", "Hats & Caps", "clothing"),
    leaf("gloves", "Gloves & Mittens", "clothing"),
    leaf("socks", "Socks", "clothing"),
    heading("footwear", "Footwear"),
    leaf("boots", "Boots", "footwear"),
    leaf("shoes", "Shoes", "footwear"),
    leaf("gaiters", "Gaiters & Boot Care", "footwear"),
    heading("provisions", "Provisions"),
    leaf("coffee-and-tea", "Coffee & Tea", "provisions"),
    leaf("dry-rations", "Dry Rations", "provisions"),
    leaf("preserves", "Preserves", "provisions"),
    leaf("biscuits", "Biscuits", "provisions"),
    heading("tools", "Tools & Light"),
    leaf("knives", "Knives", "tools"),
    leaf("axes", "Axes, Saws & Spades", "tools"),
    leaf("lanterns", "Lanterns & Lamps", "tools"),
    leaf("ropes", "Rope & Tackle", "tools"),
    heading("navigation", "Navigation & Writing"),
    leaf("compasses", "Compasses & Optics", "navigation"),
    leaf("notebooks", "Notebooks & Pens", "navigation"),
];

const fn heading(slug: &'static str, name: &'static str) -> Category {
    Category { slug, name, parent: None }
}

const fn leaf(slug: &'static str, name: &'static str, parent: &'static str) -> Category {
    Category { slug, name, parent: Some(parent) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{HashMap, HashSet};

    #[test]
    fn prices_end_like_prices_do() {
        // So many kinds that they do not differ.
        let rounded = |low| price_minor((low, low + 900), 0, 1000, &mut Variety::new(0, 0));
        assert_eq!([1_234, 1_240, 34_567].map(rounded), [1_240, 1_240, 34_590]);
    }

    #[test]
    fn there_are_a_thousand_products_and_all_differ() {
        let items = items();
        assert_eq!(items.len(), 1_000);
        let skus: HashSet<&str> = items.iter().map(|item| item.sku.as_str()).collect();
        let names: HashSet<&str> = items.iter().map(|item| item.name.as_str()).collect();
        let texts: HashSet<&str> = items.iter().map(|item| item.description.as_str()).collect();
        assert_eq!((skus.len(), names.len()), (1_000, 1_000));
        assert!(texts.len() > 700, "{} descriptions", texts.len());
    }

    #[test]
    fn the_tree_has_two_levels_and_every_leaf_has_products() {
        let tree: HashMap<&str, Option<&str>> =
            categories().iter().map(|category| (category.slug, category.parent)).collect();
        assert_eq!(tree.len(), categories().len());
        for parent in tree.values().flatten() {
            assert_eq!(tree.get(parent), Some(&None), "{parent}");
        }
        let sold: HashSet<&str> = items().iter().map(|item| item.category).collect();
        let leaves = tree.iter().filter(|(_, parent)| parent.is_some()).map(|(slug, _)| *slug);
        assert_eq!(sold, leaves.collect::<HashSet<&str>>());
    }

    #[test]
    fn texts_can_be_stored_and_read() {
        for item in items() {
            let length = item.description.len();
            assert!((60..=160).contains(&length), "{length}: {}", item.description);
            assert!((5..=120).contains(&item.name.len()), "{}", item.name);
            assert!(item.sku.len() == 9 && item.sku.is_ascii(), "{}", item.sku);
            let all = format!("{}{}{}", item.sku, item.name, item.description);
            assert!(!all.contains(char::is_control), "{all}");
        }
    }

    #[test]
    fn prices_and_stock_are_plausible_and_a_few_are_nearly_gone() {
        let items = items();
        for item in &items {
            assert!((490..=89_900).contains(&item.price_minor), "{item:?}");
            assert!((1..=2_000).contains(&item.stock), "{item:?}");
        }
        let low = items.iter().filter(|item| item.stock < 20).count();
        assert!((5..=15).contains(&low), "{low} are low");
    }

    #[test]
    fn a_dearer_kind_costs_more_and_prices_end_like_prices() {
        let items = items();
        for goods in &GOODS {
            let kinds: Vec<&str> = goods.kinds.split('|').collect();
            let mean = |kind: &str| {
                let of_kind = items.iter().filter(|item| item.sku.starts_with(goods.sku));
                let prices: Vec<i64> = of_kind
                    .filter(|item| item.name.ends_with(&format!(" {kind}")))
                    .map(|item| item.price_minor)
                    .collect();
                prices.iter().sum::<i64>() / prices.len().max(1) as i64
            };
            let span = goods.cents.1 - goods.cents.0;
            let (first, last) = (mean(kinds[0]), mean(kinds[kinds.len() - 1]));
            assert!(last - first > span / 3, "{}: {first} to {last}", goods.sku);
        }
        let bounds: HashSet<i64> = GOODS.iter().flat_map(|g| [g.cents.0, g.cents.1]).collect();
        let odd = items.iter().filter(|item| !bounds.contains(&item.price_minor));
        assert!(
            odd.into_iter().all(|item| item.price_minor % 50 == 40 || item.price_minor % 100 == 90)
        );
    }

    #[test]
    fn the_first_product_is_the_same_for_ever() {
        let first = &items()[0];
        assert_eq!((first.sku.as_str(), first.name.as_str()), ("TENT-0001", "Ashdown Pup Tent"));
    }
}
