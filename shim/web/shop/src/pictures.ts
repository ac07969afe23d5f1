// Line drawings of what is on sale, on a ground of its own colour. The word before the first hyphen of a SKU says what it is.

const LINES: Record<string, string> = {
  DRESS: 'M38 14q12 9 24 0l4 20-6 10 16 42q-26 9-52 0l16-42-6-10zM40 44h20',
  KAFTAN: 'M40 16q10 8 20 0l26 22-10 12-10-7v44H34V43l-10 7-10-12zM50 22v24',
  SHIRT: 'M38 18l12 8 12-8 22 14-8 15-10-5v42H34V42l-10 5-8-15zM50 26v58M55 40h6v8h-6z',
  SHORTS: 'M28 30h44l6 44H56l-6-24-6 24H22zM28 38h44',
  TROUSER: 'M32 16h36l4 70H56l-6-48-6 48H28zM32 24h36',
  TEE: 'M38 22q12 10 24 0l22 12-8 14-10-4v38H34V44l-10 4-8-14zM34 54h32M34 64h32M34 74h32',
  POLO: 'M38 20l12 10 12-10 22 12-8 15-10-4v40H34V43l-10 4-8-15zM50 30v20',
  SWIM: 'M36 14v16q0 8-4 14l-2 18q12 4 14 24h12q2-20 14-24l-2-18q-4-6-4-14V14M36 30q14 14 28 0',
  SARONG: 'M26 26q24-10 48 0l-6 58q-20-2-36-14zM26 26q22 18 40 20M42 36l24 38',
  HAT: 'M10 62q40-16 80 0-40 20-80 0zM32 57q0-31 18-31t18 31M31 50q19 8 38 0',
  SUN: 'M16 44h68M22 44q-2 24 13 24t13-20q2-4 4 0-2 20 13 20t13-24',
  SANDAL: 'M34 14q16-8 24 8 4 14 0 28-2 16 4 26-8 14-22 8-10-14-6-34 2-20 0-36zM34 40q12 2 25 16M59 40Q46 42 36 58',
  ESPADRILLE: 'M14 60q2-20 16-16 14 12 40 12 16 2 16 14v6H14zM14 68h72M30 44q2 12-8 16',
  BAG: 'M24 42h52l6 42H18zM36 42V32q0-14 14-14t14 14v10M22 56h57M20 70h60',
  TOWEL: 'M26 18h48v56H26zM26 30h48M26 62h48M30 74v8M38 74v8M46 74v8M54 74v8M62 74v8M70 74v8',
  ANKLET: 'M18 44q32 40 64 0M50 64v6M50 70q-9 4-6 12l6 4 6-4q3-8-6-12zM32 57v4M68 57v4',
  BLANKET: 'M18 30h64v44H18zM18 45h64M18 60h64M34 30v44M50 30v44M66 30v44',
}

/** A drawing of the product; mere decoration, for its name always stands beside it. */
export function picture(sku: string, no: number): SVGSVGElement {
  const [kind = ''] = sku.split('-')
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', '0 0 100 100')
  svg.setAttribute('aria-hidden', 'true')
  svg.style.setProperty('--hue', String((no * 47 + 18) % 360))
  const path = document.createElementNS(svg.namespaceURI, 'path')
  path.setAttribute('d', LINES[kind] ?? 'M30 30h40v40H30z')
  svg.append(path)
  return svg
}
